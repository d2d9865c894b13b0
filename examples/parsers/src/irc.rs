//! irc-proto: messages of its codec.

use irc_proto::IrcCodec;

use crate::feed::decoded;
use crate::law::Law;

#[test]
fn messages_do_not_depend_on_the_cuts() {
    let streams = [
        "NICK zoe\r\nPRIVMSG #a :Zo\u{eb} \u{20ac}\r\n",
        ":a!b@c PRIVMSG d :\x01ACTION x\x01\nPING :1\n",
        "@time=1;a=b :s 001 z :hi\r\n",
        "\r\n\n",
        "PING",
        "JOIN #a\rPART #a\r\n",
    ];
    let bad: [&[u8]; 1] = [b"PRIVMSG a :\xff\r\n"];
    let codec = || IrcCodec::new("utf-8").expect("the encoding is known");
    Law::of("irc-proto `IrcCodec`")
        .holds(&streams, |segments| told(decoded(codec(), segments)))
        .holds(&bad, |segments| told(decoded(codec(), segments)));
}

fn told(seen: Vec<Result<irc_proto::Message, String>>) -> Vec<String> {
    seen.into_iter().map(|message| format!("{message:?}")).collect()
}
