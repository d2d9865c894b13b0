//! The addresses at which a conversation was recorded, where they are named in it.

use memchr::memmem;

use crate::script::Fragment;
use crate::script::syntax::ItemKind;

/// Names of the place where a conversation was recorded, each with how it is written instead.
#[derive(Default)]
pub(super) struct OwnAddresses(Vec<(Vec<u8>, Vec<Written>)>);

/// A part of what is written instead of an address.
#[derive(Clone, Copy)]
enum Written {
    Text(&'static [u8]),
    Variable(&'static str),
}

impl OwnAddresses {
    /// Those of these addresses, `HOST:PORT`; each is also called by the name of this machine.
    pub(super) fn new(addresses: &[String]) -> Self {
        let mut names = Vec::new();
        for address in addresses {
            let Some((_, port)) = address.rsplit_once(':') else { continue };
            let whole = [Written::Variable("host"), Written::Text(b":"), Written::Variable("port")];
            let local = [Written::Text(b"localhost:"), Written::Variable("port")];
            names.push((address.clone().into_bytes(), whole.to_vec()));
            names.push((format!("localhost:{port}").into_bytes(), local.to_vec()));
        }
        Self(names)
    }

    /// Bytes in parts, with variables where an address is named; one part if none is.
    pub(super) fn parts<'a>(&self, mut bytes: &'a [u8]) -> Vec<Fragment<'a>> {
        let mut parts = Vec::new();
        while let Some((start, end, written)) = self.first(bytes) {
            if start > 0 {
                parts.push(Fragment::Bytes(&bytes[..start]));
            }
            parts.extend(written.iter().map(|part| match part {
                Written::Text(text) => Fragment::Bytes(text),
                Written::Variable(name) => {
                    Fragment::Item(ItemKind::Variable((*name).to_owned()).into())
                }
            }));
            bytes = &bytes[end..];
        }
        if !bytes.is_empty() || parts.is_empty() {
            parts.push(Fragment::Bytes(bytes));
        }
        parts
    }

    /// Where the first name stands, and what is written instead. A longer number is another port,
    /// and a longer one before it another host.
    fn first(&self, bytes: &[u8]) -> Option<(usize, usize, &[Written])> {
        let is_digit =
            |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        let mut found = Vec::new();
        for (name, written) in &self.0 {
            let places = memmem::find_iter(bytes, name).map(|start| (start, start + name.len()));
            let place = places
                .into_iter()
                .find(|(start, end)| !is_digit(Some(*end)) && !is_digit(start.checked_sub(1)));
            found.extend(place.map(|(start, end)| (start, end, written.as_slice())));
        }
        found.into_iter().min_by_key(|(start, ..)| *start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Composer;

    fn written(bytes: &[u8]) -> String {
        let own = OwnAddresses::new(&["127.0.0.1:8080".to_owned()]);
        let mut script = Composer::default();
        script.segment_of("", &own.parts(bytes));
        script.finish().to_string()
    }

    #[test]
    fn an_address_becomes_variables_where_it_stands_alone() {
        for (said, told) in [
            ("Host: 127.0.0.1:8080\r\n", "> \"Host: \" $host \":\" $port \"\\r\\n\"\n"),
            ("localhost:8080", "> \"localhost:\" $port\n"),
            ("127.0.0.1:80801", "> \"127.0.0.1:80801\"\n"),
            ("3127.0.0.1:8080", "> \"3127.0.0.1:8080\"\n"),
            ("127.0.0.1:80", "> \"127.0.0.1:80\"\n"),
            (
                "at 127.0.0.1:8080 127.0.0.1:8080",
                "> \"at \" $host \":\" $port \" \" $host \":\" $port\n",
            ),
        ] {
            assert_eq!(written(said.as_bytes()), told, "{said}");
        }
    }
}
