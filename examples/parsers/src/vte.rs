//! vte: what a terminal is asked to do.

use vte::{Params, Parser, Perform};

use crate::law::Law;

#[derive(Default)]
struct Seen(Vec<String>);

impl Perform for Seen {
    fn print(&mut self, character: char) {
        self.0.push(format!("print {character:?}"));
    }

    fn execute(&mut self, byte: u8) {
        self.0.push(format!("execute {byte}"));
    }

    fn hook(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: char) {
        self.0.push(format!("hook {params:?} {intermediates:?} {ignore} {action}"));
    }

    fn put(&mut self, byte: u8) {
        self.0.push(format!("put {byte}"));
    }

    fn unhook(&mut self) {
        self.0.push("unhook".to_owned());
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], bell: bool) {
        self.0.push(format!("osc {params:?} {bell}"));
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: char) {
        self.0.push(format!("csi {params:?} {intermediates:?} {ignore} {action}"));
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], ignore: bool, byte: u8) {
        self.0.push(format!("esc {intermediates:?} {ignore} {byte}"));
    }
}

fn performed(segments: &[&[u8]]) -> Vec<String> {
    let (mut parser, mut seen) = (Parser::new(), Seen::default());
    segments.iter().for_each(|segment| parser.advance(&mut seen, segment));
    seen.0
}

#[test]
fn what_is_performed_does_not_depend_on_the_cuts() {
    let texts: [&str; 5] = [
        "a\x1b[1;31mZo\u{eb}\x1b[0m\r\n\u{20ac}\u{1f600}",
        "\x1b]8;;http://a/\u{eb}\x1b\\link\x1b]8;;\x07",
        "\x1bP1$tq\u{eb}\x1b\\x",
        "\x1b[?25l\x1b(B\x1b[38:2:1:2:3m",
        "\x1b[1\x18m\x1b[1\x1b[2K",
    ];
    let bytes: [&[u8]; 10] = [
        b"a\xffb",
        b"\xe2\x82",
        b"\xe2\x82a",
        b"\xf0\x9f\x98\x1b[m",
        b"\xf0\x9f\xe2\x82\xac",
        b"\xc3\xc3\xab",
        b"\x9b31m",
        b"\xed\xa0\x80x",
        b"\xe2\x1b[1mx",
        b"\xc0\x80\xf5\x80\n",
    ];
    Law::of("vte `Parser::advance`").holds(&texts, performed).holds(&bytes, performed).differs(
        "\u{85}",
        r#"hex"c2" | hex"85""#,
        performed,
    );
}
