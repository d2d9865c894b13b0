//! A protocol that wants to be woken is woken when its time has come, and the server's own limits
//! hold all the same.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use recut::shell::server::{ConnectionEnd, ServerLimits};
use recut::{Flow, Protocol};

use super::{SOON, Served};

/// Counts aloud: a line each time that it is woken.
#[derive(Default)]
struct Counts(u32);

impl Protocol for Counts {
    fn receive(&mut self, segment: &[u8], reply: &mut Vec<u8>) -> Flow {
        reply.extend_from_slice(segment);
        Flow::Continue
    }

    fn end(&mut self, _: &mut Vec<u8>) -> Flow {
        Flow::Close
    }

    fn timeout(&self) -> Option<Duration> {
        Some(Duration::from_millis(20))
    }

    fn wake(&mut self, reply: &mut Vec<u8>) -> Flow {
        self.0 += 1;
        reply.extend(format!("{}\n", self.0).bytes());
        if self.0 == 3 { Flow::Quit } else { Flow::Continue }
    }
}

#[test]
fn a_protocol_is_woken_by_the_time_that_it_asked_for() {
    let served = Served::start(ServerLimits::default(), Counts::default);
    let start = Instant::now();
    let mut answer = String::new();
    served.client().read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "1\n2\n3\n");
    assert!(start.elapsed() >= Duration::from_millis(60));
    assert_eq!(served.ended().2, ConnectionEnd::Quit);
}

#[test]
fn who_is_silent_for_too_long_is_cut_off_whatever_the_protocol_waits_for() {
    #[derive(Default)]
    struct Talks;
    impl Protocol for Talks {
        fn receive(&mut self, _: &[u8], _: &mut Vec<u8>) -> Flow {
            Flow::Continue
        }

        fn end(&mut self, _: &mut Vec<u8>) -> Flow {
            Flow::Close
        }

        fn timeout(&self) -> Option<Duration> {
            Some(Duration::from_millis(5))
        }

        fn wake(&mut self, reply: &mut Vec<u8>) -> Flow {
            reply.extend(b".");
            Flow::Continue
        }
    }
    let served =
        Served::start(ServerLimits { idle: Some(SOON), ..ServerLimits::default() }, Talks::default);
    let mut client = served.client();
    client.write_all(b"x").unwrap();
    let mut answer = Vec::new();
    let _ = client.read_to_end(&mut answer);
    assert!(answer.starts_with(b".."), "{answer:?}");
    assert_eq!(served.ended().2, ConnectionEnd::Idle);
}
