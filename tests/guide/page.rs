//! A page of the guide as the test reads it.

/// What a page has for the test.
pub(crate) struct Page {
    pub(crate) blocks: Vec<Block>,
    /// Programs that its commands use.
    pub(crate) needs: Vec<String>,
    /// Ports in its text, in place of which free ones are used.
    pub(crate) ports: Vec<String>,
}

/// A fenced block that the test uses.
pub(crate) enum Block {
    File { section: String, name: String, text: String },
    Console { section: String, first_line: usize, commands: Vec<Command> },
}

/// A command of a `console` block, and what the page says that it prints.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) text: String,
    pub(crate) output: String,
}

impl Block {
    pub(crate) fn is_console(&self) -> bool {
        matches!(self, Block::Console { .. })
    }

    /// The heading above it.
    pub(crate) fn section(&self) -> &str {
        match self {
            Block::File { section, .. } | Block::Console { section, .. } => section,
        }
    }
}

impl Page {
    pub(crate) fn read(text: &str) -> Self {
        let mut page = Self { blocks: Vec::new(), needs: Vec::new(), ports: Vec::new() };
        let mut section = String::new();
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            if let Some(info) = line.strip_prefix("```") {
                let body: String = lines
                    .by_ref()
                    .map(|(_, line)| line)
                    .take_while(|line| *line != "```")
                    .flat_map(|line| [line, "\n"])
                    .collect();
                page.blocks.extend(block(&section, number + 1, info, &body));
            } else if let Some(heading) = line.strip_prefix('#') {
                section = heading.trim_start_matches('#').trim().to_owned();
            } else if let Some(program) = marker(line, "needs") {
                page.needs.push(program);
            } else if let Some(port) = marker(line, "port") {
                page.ports.push(port);
            }
        }
        page
    }
}

/// The value of a line `<!-- KEY: VALUE -->`.
fn marker(line: &str, key: &str) -> Option<String> {
    let inner = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    Some(inner.strip_prefix(key)?.strip_prefix(": ")?.to_owned())
}

fn block(section: &str, first_line: usize, info: &str, body: &str) -> Option<Block> {
    let section = section.to_owned();
    if let Some((_, name)) = info.split_once("file=") {
        return Some(Block::File { section, name: name.to_owned(), text: body.to_owned() });
    }
    let commands = (info == "console").then(|| commands(body))?;
    Some(Block::Console { section, first_line, commands })
}

fn commands(body: &str) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    for line in body.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(text), _) => {
                commands.push(Command { text: text.to_owned(), output: String::new() });
            }
            (None, Some(command)) => command.output += &format!("{line}\n"),
            (None, None) => panic!("a console block starts with a command, not with {line:?}"),
        }
    }
    commands
}

/// The page with that output of a command.
pub(crate) fn blessed(page: &str, command: &Command, printed: &str) -> Result<String, String> {
    let old = format!("$ {}\n{}", command.text, command.output);
    let new = format!("$ {}\n{printed}", command.text);
    match page.matches(&old).count() {
        1 => Ok(page.replacen(&old, &new, 1)),
        // An output that is empty may be the start of another one.
        _ => {
            let old = format!("{old}```\n");
            match page.matches(&old).count() {
                1 => Ok(page.replacen(&old, &format!("{new}```\n"), 1)),
                count => Err(format!("`{}` stands {count} times in the page", command.text)),
            }
        }
    }
}
