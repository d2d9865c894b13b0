//! What a server's output says of its end: the lines from the error on.

/// How many lines are shown if none of them says what went wrong.
const LAST: usize = 8;

/// How many lines of an error are shown.
const ERROR: usize = 24;

/// What the line with which an error begins starts with, in the languages that servers are written
/// in.
const BEGINNINGS: [&str; 9] = [
    "Traceback (most recent call last)",
    "Exception in thread",
    "Uncaught",
    "Unhandled",
    "panic: ",
    "fatal error: ",
    "Fatal Python error: ",
    "terminate called",
    "Segmentation fault",
];

/// The sentences with which Python joins an error with its cause.
const JOINTS: [&str; 2] = ["another exception occurred", "the direct cause of the following"];

/// What it has in its midst.
const MIDDLES: [&str; 4] = ["panicked at ", "ERROR: AddressSanitizer", "runtime error: ", "FATAL"];

/// The lines of an output that tell most of what went wrong: those of the last error, from its
/// beginning on, or the last ones. An error that more lines follow than belong to one may have been
/// harmless: then the last lines are shown as well.
pub(super) fn cause(output: &[String]) -> String {
    let from = output.iter().rposition(|line| begins_error(line));
    let from = from.map(|from| first_of_chain(output, from));
    let Some(from) = from else {
        return output[output.len().saturating_sub(LAST)..].join("\n");
    };
    let error = &output[from..];
    if error.len() <= ERROR {
        return error.join("\n");
    }
    // A traceback of Python ends with what went wrong, others begin with it.
    let (head, tail) = (&error[..ERROR / 2], &error[error.len() - ERROR / 2..]);
    let more = error.len() - head.len() - tail.len();
    [head.join("\n"), format!("… {more} more lines"), tail.join("\n")].join("\n")
}

fn begins_error(line: &str) -> bool {
    let line = line.trim_start();
    BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
        || MIDDLES.iter().any(|middle| line.contains(middle))
        || is_named_error(line)
}

/// Whether a line is `TypeError: …` or `TypeError [CODE]: …`, as Node begins, or
/// `java.io.IOException: …`, as Java does.
fn is_named_error(line: &str) -> bool {
    let Some((name, _)) = line.split_once(": ") else { return false };
    let name = name.split_once(" [").map_or(name, |(name, _)| name);
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '$');
    name.chars().all(is_name) && (name.ends_with("Error") || name.ends_with("Exception"))
}

/// Where the chain of errors begins of which the one at a line is the last: Python tells the cause
/// first, and joins it with the next by a sentence.
fn first_of_chain(output: &[String], at: usize) -> usize {
    let start = first_of_stack(output, at);
    let is_joint = |line: &String| JOINTS.iter().any(|joint| line.contains(joint));
    let before = output[..start].iter().rposition(|line| !line.trim().is_empty());
    let Some(joint) = before.filter(|at| is_joint(&output[*at])) else { return start };
    let cause = output[..joint].iter().rposition(|line| begins_error(line));
    cause.map_or(start, |cause| first_of_chain(output, cause))
}

/// What Python says last belongs to the traceback above it, and a panic of Go that came after
/// another one, in a deferred function, to that one: Go indents it.
fn first_of_stack(output: &[String], at: usize) -> usize {
    if output[at].starts_with("\tpanic: ") {
        let first = output[..at].iter().rposition(|line| !line.starts_with('\t'));
        return first.filter(|first| output[*first].starts_with("panic: ")).unwrap_or(at);
    }
    let is_start = |line: &String| line.trim_start().starts_with(BEGINNINGS[0]);
    let before = output[..at].iter().rposition(is_start);
    // Between them stand the places, which are indented.
    let is_place = |line: &String| line.starts_with(' ') || line.is_empty();
    before.filter(|start| output[start + 1..at].iter().all(is_place)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(output: &str) -> String {
        let lines: Vec<String> = output.lines().map(str::to_owned).collect();
        cause(&lines)
    }

    #[test]
    fn an_error_is_shown_from_its_beginning_on() {
        let noise = "listening\nrequest 1\nrequest 2\n";
        for error in [
            "Traceback (most recent call last):\n  File \"s.py\", line 3, in <module>\n    x()\n\
             UnicodeDecodeError: 'utf-8' codec can't decode byte 0xc3",
            "thread 'main' (1) panicked at src/main.rs:3:5:\nbad byte\nnote: run with",
            "TypeError: Cannot read properties of undefined\n    at Socket.<anonymous> (s.js:3:1)",
            "AssertionError [ERR_ASSERTION]: false == true\n    at Parser.finish (node:x:1:1) {\n}",
            "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()",
            "Exception in thread \"main\" java.lang.IllegalStateException: x\n\tat Main.main",
            "==7==ERROR: AddressSanitizer: heap-use-after-free\n    #0 0x1 in main",
        ] {
            assert_eq!(of(&format!("{noise}{error}\n")), error, "{error}");
        }
    }

    #[test]
    fn of_several_errors_the_last_one_counts() {
        let two = "ValueError: one\nlater\nValueError: two\nend";
        assert_eq!(of(two), "ValueError: two\nend");
    }

    #[test]
    fn a_chain_begins_with_its_first_cause() {
        let trace = "Traceback (most recent call last):\n  File \"s.py\", line 3, in f\n";
        let during = "\nDuring handling of the above exception, another exception occurred:\n\n";
        let direct = "\nThe above exception was the direct cause of the following exception:\n\n";
        let chain = format!(
            "{trace}KeyError: 'a'\n{during}{trace}ValueError: b\n{direct}{trace}OSError: c"
        );
        assert_eq!(of(&format!("listening\nTypeError: old\n{chain}")), chain);
    }

    #[test]
    fn a_panic_that_was_recovered_from_is_shown_with_the_one_after_it() {
        let chain = "panic: length is missing [recovered]\n\tpanic: cleaning up\n\
                     \tpanic: runtime error: index out of range\n\ngoroutine 1 [running]:";
        assert_eq!(of(&format!("listening\npanic: old\nrequest 1\n{chain}")), chain);
        // What is indented after something else is no part of it.
        assert_eq!(of("request 1\n\tpanic: x\nend"), "\tpanic: x\nend");
    }

    #[test]
    fn what_follows_a_harmless_error_is_shown() {
        let rest: String = (0..50).map(|line| format!("request {line}\n")).collect();
        let shown = of(&format!("ConnectionError: retrying\n{rest}abort: length is missing"));
        assert!(shown.starts_with("ConnectionError: retrying\n"), "{shown}");
        assert!(shown.ends_with("\nabort: length is missing"), "{shown}");
    }

    #[test]
    fn without_an_error_the_last_lines_are_shown() {
        let lines: Vec<String> = (0..20).map(|line| line.to_string()).collect();
        assert_eq!(cause(&lines), lines[12..].join("\n"));
        assert_eq!(
            of("note: this is no error: it only says so"),
            "note: this is no error: it only says so"
        );
        assert_eq!(cause(&[]), "");
    }

    #[test]
    fn a_long_stack_keeps_both_ends() {
        let places = "    at f\n".repeat(40);
        let shown = of(&format!("RangeError: deep\n{places}last"));
        assert!(shown.starts_with("RangeError: deep\n"), "{shown}");
        assert!(shown.contains("\n… 18 more lines\n") && shown.ends_with("\nlast"), "{shown}");
    }
}
