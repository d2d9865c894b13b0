//! The modes of the client, by name.

/// What is wrong, or unusual, with the client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mode {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
}

impl Mode {
    pub(crate) const HEALTHY: Self = Self { name: "healthy", about: "nothing is wrong with it" };
}

const fn mode(name: &'static str, about: &'static str) -> Mode {
    Mode { name, about }
}

/// All of them, in the order of `--list`.
pub(crate) const MODES: &[Mode] = &[
    Mode::HEALTHY,
    mode("one-read", "takes one read for one answer"),
    mode("cut-character", "decodes each read on its own"),
    mode("header", "wants the whole header in one read"),
    mode("glued", "loses what came with an answer, behind it"),
    mode("hang", "waits for ever if the server vanishes"),
    mode("spin", "asks for more for ever at the end of the stream"),
    mode("crash", "aborts if an answer is cut behind its first byte"),
    mode("short", "counts the pages, and counts one that stops short"),
    mode("count", "counts the pages, and is right"),
    mode("slow", "takes its time, and is right"),
    mode("retry", "begins again if anything fails, and is right"),
    mode("retry-later", "begins again half a second after anything fails, and is right"),
    mode("pool", "keeps its connections, as a driver, and is right"),
    mode("clock", "prints the time, and is right"),
    mode("two-lines", "answers with two lines, as a driver"),
];
