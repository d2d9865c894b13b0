//! Whether a conversation can be played with a target at all.

use std::fmt;

use crate::peer::Target;
use crate::script::{Claimed, Conversation, ScriptError};

/// Why a conversation can't be played with a target.
#[derive(Debug)]
pub struct Unfit {
    conversation: String,
    target: String,
    why: UnfitReason,
}

#[derive(Debug)]
enum UnfitReason {
    /// It can't be mirrored for a client.
    NotMirrored(Box<ScriptError>),
    /// It sends a reset, and there are none.
    NoResets,
    /// It listens, and nobody connects.
    NobodyConnects,
    /// It listens on the port of the server itself.
    PortOfServer,
    /// It opens this connection, and a client can't be connected to.
    Opens(String),
    /// It has `exit`, and the process goes on.
    GoesOn,
    /// The command of the client is not told of the port.
    NoPort,
}

/// Makes a conversation one that can be played with the target: one that accepts no connection is
/// mirrored for a client.
///
/// # Errors
///
/// If it can't be played with it.
pub fn fit(target: &Target, conversation: &mut Conversation) -> Result<(), Unfit> {
    let unfit = |conversation: &Conversation, why| {
        Err(Unfit { conversation: conversation.name.clone(), target: target.to_string(), why })
    };
    let abilities = target.abilities();
    if abilities.connects && !conversation.listens() {
        match conversation.mirrored() {
            Ok(mirrored) => *conversation = mirrored,
            Err(error) => return unfit(conversation, UnfitReason::NotMirrored(Box::new(error))),
        }
    }
    if !abilities.resets && conversation.sends_resets() {
        return unfit(conversation, UnfitReason::NoResets);
    }
    if !conversation.listens() {
        return Ok(());
    }
    let is_common = conversation.ports.iter().any(|port| port.name.is_empty());
    if !abilities.accepts {
        return unfit(conversation, UnfitReason::NobodyConnects);
    }
    if !abilities.connects {
        return match is_common {
            true => unfit(conversation, UnfitReason::PortOfServer),
            false => Ok(()),
        };
    }
    if let Some((opened, _)) = conversation.opened() {
        return unfit(conversation, UnfitReason::Opens(opened.to_owned()));
    }
    let mut claims = conversation.claims.iter();
    if !abilities.exits && claims.any(|claim| matches!(claim.what, Claimed::Exit(_))) {
        return unfit(conversation, UnfitReason::GoesOn);
    }
    if is_common && !target.knows_port("") {
        return unfit(conversation, UnfitReason::NoPort);
    }
    Ok(())
}

impl Unfit {
    /// What is wrong with the script itself, if that is it.
    pub fn script_error(&self) -> Option<&ScriptError> {
        match &self.why {
            UnfitReason::NotMirrored(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { conversation, target, why } = self;
        match why {
            UnfitReason::NotMirrored(error) => error.fmt(f),
            UnfitReason::NoResets => {
                write!(f, "{conversation} sends a reset, and {target} does not support resets")
            }
            UnfitReason::NobodyConnects => write!(
                f,
                "{conversation} listens, and {target} does not connect to recut: play it with \
                 --client or --driver, or let `spawn` start what stands between"
            ),
            UnfitReason::PortOfServer => write!(
                f,
                "{conversation} listens on the port of the server itself: write `listen … on \
                 NAME`, and {{NAME}} in the command of the server"
            ),
            UnfitReason::Opens(name) => {
                let name = if name.is_empty() { "the connection" } else { name };
                write!(
                    f,
                    "{conversation} opens {name}, and a client can't be connected to: write \
                     `listen`"
                )
            }
            UnfitReason::GoesOn => write!(
                f,
                "{conversation} has `exit`, and a driver does not end with each conversation: \
                 write `output`"
            ),
            UnfitReason::NoPort => write!(
                f,
                "{conversation} listens, and the command `{target}` has no {{port}} to connect to"
            ),
        }
    }
}

impl std::error::Error for Unfit {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::{ClientCommand, Spawn};

    fn why(target: &Target, text: &str) -> Option<String> {
        let mut conversation = Conversation::parse("s", text).unwrap();
        fit(target, &mut conversation).err().map(|unfit| unfit.to_string())
    }

    #[test]
    fn what_can_not_be_played_is_told_with_what_to_do() {
        let client = Target::client(ClientCommand::new("fetch {port}").unwrap());
        let driver = Target::client(ClientCommand::driver("fetch").unwrap());
        let portless = Target::client(ClientCommand::new("fetch").unwrap());
        let server = Target::connect("127.0.0.1:1").unwrap();
        let proxy = Target::spawn(Spawn::new("proxy {port} {db}").unwrap());
        let cat = Target::stdio(crate::peer::Stdio::new("cat").unwrap());
        for (target, text, told) in [
            (&client, "listen\n> \"a\"\n", None),
            (&client, "> \"a\"\n< \"b\"\n", None),
            (&client, "> \"a\"\n< line\n", Some("names no bytes to send")),
            (&client, "listen\nbob > \"a\"\n", Some("opens bob, and a client can't be")),
            (&driver, "listen\n> \"a\"\nexit 0\n", Some("has `exit`, and a driver does not")),
            (&driver, "listen\n> \"a\"\noutput re\"\"\n", None),
            (&portless, "listen\n> \"a\"\n", Some("has no {port} to connect to")),
            (&server, "listen\n> \"a\"\n", Some("does not connect to recut: play it with")),
            (&proxy, "> \"a\"\nlisten db on db\ndb < \"a\"\n", None),
            (&proxy, "> \"a\"\nlisten db\ndb < \"a\"\n", Some("the port of the server itself")),
            (&cat, "> \"a\"\n> reset\n", Some("sends a reset")),
            (&cat, "> \"a\"\n", None),
        ] {
            let why = why(target, text);
            assert_eq!(why.is_some(), told.is_some(), "{text}: {why:?}");
            let why = why.unwrap_or_default();
            assert!(why.contains(told.unwrap_or_default()), "{text}: {why}");
        }
    }
}
