//! What a script sets, which must stand before its first event.

use super::{Kind, Lowering, ScriptError};
use crate::delivery::Word;
use crate::script::source::Span;
use crate::script::syntax::Statement;

impl Lowering<'_> {
    pub(super) fn set(&mut self, statement: &Statement, span: Span) {
        match statement {
            Statement::Timeout(duration) => {
                self.setting("timeout", span);
                self.settings.timeout = Some(*duration);
            }
            Statement::Spawn(command) => {
                self.setting("spawn", span);
                self.settings.spawn = Some(command.clone());
                self.check_starts(span);
            }
            Statement::Ready(pattern) => {
                self.setting("ready", span);
                self.settings.ready = Some(pattern.value.clone());
            }
            Statement::Client(command) => {
                self.setting("client", span);
                self.settings.client = Some(command.clone());
                self.check_starts(span);
            }
            Statement::Driver(command) => {
                self.setting("driver", span);
                self.settings.driver = Some(command.clone());
                self.check_starts(span);
            }
            Statement::Laws(words) => {
                self.setting("laws", span);
                self.settings.laws.push(words.clone());
            }
            Statement::Deliver(words) => {
                self.setting("deliver", span);
                for word in words {
                    if let Word::Place(place) = &word.value {
                        self.places.push((self.place(word.span), place.connection.clone()));
                    }
                }
                self.settings.deliver.push(words.iter().map(|word| word.value.clone()).collect());
            }
            // The others are events.
            _ => {}
        }
    }

    fn setting(&mut self, word: &'static str, span: Span) {
        if self.begun {
            self.error(span, Kind::LateSetting(word));
        }
    }

    /// Each `@` word must name a connection of the script.
    pub(super) fn check_places(&mut self) {
        for (place, name) in std::mem::take(&mut self.places) {
            if self.begun && !self.connections.contains(&name) {
                let source = &self.sources[place.source];
                let kind = Kind::NoSuchConnection(name);
                self.errors.push(ScriptError::new(source, place.span, kind));
            }
        }
    }
}
