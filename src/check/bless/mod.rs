//! What was observed becomes what a script expects: the exact expectations that an uncut play does
//! not meet are written anew. Patterns and captures are never replaced.

mod mender;

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use self::mender::Mender;
use super::finding::Unblessed;
use super::options::Options;
use super::play::Player;
use crate::files;
use crate::peer::{Target, TargetError};
use crate::script::{Conversation, Source};

/// What is to be written into the files of a conversation.
#[derive(Clone, Debug, Default)]
pub struct Blessing {
    /// The files that change, each with its new text.
    pub files: Vec<(Arc<Source>, String)>,
    /// How many expectations of them change.
    pub expectations: usize,
    /// The first claim that is not met and can't be written; what comes after it was not looked
    /// at.
    pub left: Option<Unblessed>,
}

/// Why a file can't be written.
#[derive(Debug)]
pub struct NotSaved {
    path: String,
    error: io::Error,
}

impl fmt::Display for NotSaved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "can't write {}: {}", self.path, self.error)
    }
}

impl std::error::Error for NotSaved {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl Blessing {
    /// Writes the files, each as a whole or not at all.
    ///
    /// # Errors
    ///
    /// If one can't be written: the system does not let us, or it is not any more what was read.
    pub fn write(&self) -> Result<(), NotSaved> {
        for (source, text) in &self.files {
            let path = Path::new(&source.name);
            let write = || {
                if fs::read(path)? != source.text.as_bytes() {
                    return Err(io::Error::other("it was changed since it was read"));
                }
                files::write(path, text)
            };
            write().map_err(|error| NotSaved { path: source.name.clone(), error })?;
        }
        Ok(())
    }
}

/// Plays a conversation uncut, and makes what was observed what it expects, as far as that can be
/// written. Each expectation that is not met is played up to, and then what comes is taken.
///
/// # Errors
///
/// If the target can't be started or reached.
pub fn bless(
    target: &Target,
    conversation: &Conversation,
    options: &Options,
    stop: &AtomicBool,
) -> Result<Blessing, TargetError> {
    let mut conversation = conversation.clone();
    if options.timeout.is_some() {
        conversation.settings.timeout = options.timeout;
    }
    let player = Player::new(target, options.limits.clone(), stop).fresh(options.fresh);
    let mut mender = Mender::new(player, conversation);
    let mut left = None;
    // A raw stream claims nothing.
    while left.is_none()
        && !mender.conversation.raw
        && let Some(seen) = mender.unmet()?
    {
        left = mender.mend(&seen)?.err().map(|why| (why, seen));
    }
    let left = left.map(|(why, seen)| Unblessed {
        source: Arc::clone(&mender.conversation.sources[seen.place.source]),
        span: seen.place.span,
        why,
        seen,
    });
    Ok(Blessing { left, expectations: mender.expectations(), files: mender.files() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::finding::NotBlessed;
    use crate::protocol::{Flow, Protocol};
    use crate::script::NotRewritten;

    /// Answers each line with all that it was told to; `!` makes it panic, `?` changes every time.
    struct Told(Vec<u8>, &'static str);

    impl Protocol for Told {
        fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
            for byte in segment {
                self.0.push(*byte);
                assert!(*byte != b'!', "no shouting");
                if *byte == b'\n' {
                    reply.extend_from_slice(self.1.as_bytes());
                    self.0.clear();
                }
            }
            Flow::Continue
        }

        fn end(&mut self, _: &mut Vec<u8>) -> Flow {
            Flow::Close
        }
    }

    fn blessing(answer: &'static str, script: &str) -> Blessing {
        let target = Target::memory("told", move || Told(Vec::new(), answer));
        let conversation = Conversation::parse("s", script).unwrap();
        bless(&target, &conversation, &Options::default(), &AtomicBool::new(false)).unwrap()
    }

    /// The script with what a server says that answers each line with `answer`.
    fn blessed(answer: &'static str, script: &str) -> String {
        let blessing = blessing(answer, script);
        assert!(blessing.left.is_none(), "{:?}", blessing.left);
        let [(source, text)] = &blessing.files[..] else { return script.to_owned() };
        assert_eq!(source.text, script);
        let again = self::blessing(answer, text);
        assert!(again.files.is_empty() && again.left.is_none(), "{text}");
        text.clone()
    }

    #[test]
    fn what_holds_stays_and_what_does_not_is_replaced_where_it_stands() {
        let script = "# kept\n> \"a\\n\"  # kept\n<   \"b\\n\" within 1s  # kept\n";
        assert_eq!(blessed("b\n", script), script);
        assert_eq!(blessed("é\n", script), script.replace("b\\n", "é\\n"));
    }

    #[test]
    fn what_came_is_shared_among_the_expectations() {
        let two = |a: &str, b: &str| format!("> \"x\\n\"\n< \"{a}\"\n< \"{b}\"\n");
        // By lines, by what is expected next, and by the number of bytes.
        assert_eq!(blessed("1\n2\n", &two("a\\n", "b\\n")), two("1\\n", "2\\n"));
        assert_eq!(blessed("1\n2\n3\n", &two("a\\n", "3\\n")), two("1\\n2\\n", "3\\n"));
        assert_eq!(blessed("1\n2\n3\n", &two("1\\n", "3\\n")), two("1\\n", "2\\n3\\n"));
        assert_eq!(blessed("abcd", &two("xy", "zw")), two("ab", "cd"));
        // More than was expected, and less.
        assert_eq!(blessed("1\n2\n", "> \"x\\n\"\n< \"1\\n\"\n"), "> \"x\\n\"\n< \"1\\n2\\n\"\n");
        let loose =
            "> \"x\\n\"\n< \"a\\n\"\n< line re\"^(?<n>[0-9])$\"\n> \"y\\n\"\n< \"b\\n2\\n\"\n";
        let new = loose.replace("\"a\\n\"", "\"1\\n\"").replace("b\\n", "1\\n");
        assert_eq!(blessed("1\n2\n", loose), new);
    }

    #[test]
    fn a_repeat_is_written_once_if_it_is_answered_alike() {
        let script = "repeat 2\n  > \"x\\n\"\n  < \"b\\n\"\nend\n";
        assert_eq!(blessed("1\n", script), script.replace("b\\n", "1\\n"));
    }

    #[test]
    fn what_cannot_be_written_is_told_with_its_place() {
        let left = |answer, script: &str| {
            let Unblessed { span, why, source, .. } = blessing(answer, script).left.unwrap();
            (source.position(span.start).0, why)
        };
        let text = |why| NotBlessed::Text(why);
        let pattern = left("1\n", "> \"x\\n\"\n< line re\"^a$\"\n");
        assert_eq!(pattern, (2, text(NotRewritten::NotExact)));
        let nothing = left("", "> \"x\\n\"\n< \"a\\n\"\n");
        assert_eq!(nothing, (2, text(NotRewritten::Nothing)));
        let lost = left("2\n", "let who = \"a\\n\"\n> \"x\\n\"\n< $who\n");
        assert_eq!(lost, (3, text(NotRewritten::Reference("$who".to_owned()))));
        assert_eq!(left("1\n", "> \"!\\n\"\n< \"a\\n\"\n"), (2, NotBlessed::Crashed));
    }

    #[test]
    fn an_expectation_that_is_answered_differently_each_time_stays() {
        let target = Target::server("count", || {
            let count = Arc::new(std::sync::atomic::AtomicU32::new(0));
            move || Counted(Arc::clone(&count))
        });
        let bless = |script: &str| {
            let conversation = Conversation::parse("s", script).unwrap();
            bless(&target, &conversation, &Options::default(), &AtomicBool::new(false)).unwrap()
        };
        let changing = bless("> \"x\\n\"\n< \"a\\n\"\n");
        assert_eq!(changing.left.unwrap().why, NotBlessed::Changing);
        let repeated = bless("repeat 2 as i\n  > \"x\" $i \"\\n\"\n  < \"a\\n\"\nend\n");
        assert!(repeated.left.is_some());
    }

    /// Answers each segment with the number of segments that all its connections were sent.
    struct Counted(Arc<std::sync::atomic::AtomicU32>);

    impl Protocol for Counted {
        fn receive(&mut self, _: &[u8], reply: &mut Vec<u8>) -> Flow {
            let number = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            reply.extend(format!("{number}\n").bytes());
            Flow::Continue
        }

        fn end(&mut self, _: &mut Vec<u8>) -> Flow {
            Flow::Close
        }
    }
}
