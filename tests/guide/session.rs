//! Commands as a person types them, in a folder of their own, and what they print.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use assert_cmd::Command as Process;
use regex::Regex;
use tempfile::TempDir;

use super::page::Command;

/// What a shell prints between the outputs of two commands.
const BORDER: &str = "\u{1e}";

/// The longest that the commands of a block may take.
const LIMIT: Duration = Duration::from_secs(120);

/// A folder with the files of a page, and the free ports that stand for those of its text.
pub(crate) struct Session {
    folder: TempDir,
    /// The port in the text, and the one that is used.
    ports: Vec<(String, String)>,
}

impl Session {
    pub(crate) fn new(ports: &[String]) -> std::io::Result<Self> {
        let mut free = Vec::new();
        for port in ports {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            free.push((port.clone(), listener.local_addr()?.port().to_string()));
        }
        Ok(Self { folder: tempfile::tempdir()?, ports: free })
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> std::io::Result<()> {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(self.folder.path()))?;
        fs::write(path, self.with_free_ports(text))
    }

    /// Runs commands in one shell, and returns what each of them printed.
    pub(crate) fn run(&self, commands: &[Command]) -> Result<Vec<String>, String> {
        // What a command left running must not outlive the shell.
        let mut script = "exec 2>&1\ntrap 'kill $(jobs -p) 2>/dev/null' EXIT\n".to_owned();
        for command in commands {
            let text = self.with_free_ports(&command.text);
            let ready = if text.ends_with('&') { self.until_it_listens(&text) } else { "".into() };
            script += &format!("{text}\nleft=$?; {ready}printf '{BORDER}'; (exit $left)\n");
        }
        let program = Path::new(env!("CARGO_BIN_EXE_recut"));
        let mut folders = vec![program.parent().unwrap_or(program).to_owned()];
        folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let output = Process::new("bash")
            .args(["-c", &script])
            .current_dir(self.folder.path())
            .env("PATH", std::env::join_paths(folders).map_err(|error| error.to_string())?)
            .timeout(LIMIT)
            .output()
            .map_err(|error| error.to_string())?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let parts: Vec<String> = printed.split(BORDER).map(|part| self.shown(part)).collect();
        if parts.len() != commands.len() + 1 {
            return Err(format!("the shell did not come to its end:\n{printed}"));
        }
        Ok(parts)
    }

    /// Waits until somebody listens on each free port that a command in the background names, as
    /// the kernel lists it; a person who types is not faster. The limit of the block ends it.
    fn until_it_listens(&self, text: &str) -> String {
        let named = self.ports.iter().filter(|(_, free)| text.contains(free.as_str()));
        let wait = |(_, free): &(String, String)| {
            let port: u16 = free.parse().unwrap_or_default();
            let listed = format!("grep -q ':{port:04X} 00000000:0000' /proc/net/tcp /proc/net/udp");
            format!("until {listed} || ! kill -0 $!; do :; done; ")
        };
        named.map(wait).collect()
    }

    fn with_free_ports(&self, text: &str) -> String {
        let one = |text: String, (port, free): &(String, String)| text.replace(port, free);
        self.ports.iter().fold(text.to_owned(), one)
    }

    /// What was printed, as a page has it: with its ports and a folder of its reader.
    fn shown(&self, printed: &str) -> String {
        let home = self.folder.path().to_string_lossy();
        let printed = printed.replace(&*home, "/home/zoe");
        let one = |text: String, (port, free): &(String, String)| text.replace(free, port);
        let shown = self.ports.iter().fold(printed, one);
        // Progress is told by the clock, on a busy machine more often.
        let is_progress = Regex::new(r"^recut: \[\d+/\d+\] ").unwrap();
        shown.lines().filter(|line| !is_progress.is_match(line)).flat_map(|l| [l, "\n"]).collect()
    }
}

/// Whether a command printed what its page says, but for what differs from one run, machine or
/// version of a program to the next. This is the only place that knows what that is.
pub(crate) fn is_as_expected(expected: &str, printed: &str) -> bool {
    let same = |text: &str| {
        let replaced = [
            // Times: of a conversation, of the whole run, and in a JUnit report.
            (r"\b\d+\.\d+s\b", "TIMEs"),
            (r#"(time(stamp)?|uuid)="[^"]*""#, r#"$1="…""#),
            // Blanks before a time that has more or fewer digits.
            (r" +TIMEs", " TIMEs"),
            // A close with bytes unread is a FIN or a RST: the kernel decides.
            ("the server reset the connection instead", "the server closed instead"),
            ("(?m)^(    actual  .*) reset$", "$1 eof"),
            ("(?m)< reset$", "< eof"),
            // When something happened in a play.
            (r" +\d+\.\d m?s  ", "  "),
            // Whether the other side sleeps before it reads is up to the scheduler.
            (r"\d+ confirmed, \d+ held,", "N confirmed or held,"),
            ("cut: the server had not read all of it", "cut: the server had read up to here"),
            ("cut: the client had not read all of it", "cut: the client had read up to here"),
            (r"\d+ % of a core", "N % of a core"),
            // Under which line of a traceback Python has marks depends on its version.
            (r"(?m)^ {12,}[~^]+\n", ""),
        ];
        replaced.iter().fold(text.to_owned(), |text, (pattern, by)| {
            Regex::new(pattern).unwrap().replace_all(&text, *by).into_owned()
        })
    };
    let (expected, printed) = (same(expected), same(printed));
    let mut rest = printed.as_str();
    let mut pieces = expected.split("...\n");
    let Some(first) = pieces.next() else { return false };
    let Some(after) = rest.strip_prefix(first) else { return false };
    rest = after;
    let mut is_open = false;
    for piece in pieces {
        is_open = piece.is_empty();
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    is_open || rest.is_empty()
}
