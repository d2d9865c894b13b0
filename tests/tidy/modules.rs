//! Which file of the crate uses which: each path is followed through modules, imports and
//! re-exports to the file that defines what it names.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, UseTree, VisRestricted, Visibility};

/// A path from the crate's root, such as `check`, `play`, `Limits`.
type Path = Vec<String>;

/// More re-exports of re-exports than anybody writes.
const DEPTH: usize = 16;

/// A module, and what is known of its names.
#[derive(Default)]
struct Module {
    file: String,
    /// What it imports or re-exports under a name.
    imported: BTreeMap<String, Path>,
    /// The paths that it uses: what it imports for itself, and what its code names.
    used: BTreeSet<Path>,
}

/// The modules of the crate.
pub(crate) struct Modules(BTreeMap<Path, Module>);

impl Modules {
    /// Reads the modules from the files below `src`: their paths there, and their texts.
    pub(crate) fn read(files: &[(String, String)]) -> Self {
        let mut modules = BTreeMap::new();
        for (file, text) in files.iter().filter(|(file, _)| file != "main.rs") {
            let mut path: Path =
                file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            if path.last().is_some_and(|last| last == "mod") || *file == "lib.rs" {
                path.pop();
            }
            let syntax = syn::parse_file(text).unwrap();
            Reader { file, path, modules: &mut modules }.visit_file(&syntax);
        }
        Self(modules)
    }

    /// The files that each file uses, but for itself; what stands in tests does not count.
    pub(crate) fn uses(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (at, module) in &self.0 {
            let used = uses.entry(&module.file).or_default();
            for path in module.used.iter().filter_map(|path| self.absolute(at, path)) {
                used.extend(self.file_of(&path, DEPTH));
            }
            used.remove(module.file.as_str());
        }
        uses
    }

    /// A path as it is written in a module, from the root; nothing where it leaves the crate.
    fn absolute(&self, at: &[String], path: &[String]) -> Option<Path> {
        let (first, rest) = path.split_first()?;
        let mut absolute = match first.as_str() {
            "crate" => Vec::new(),
            "self" => at.to_vec(),
            "super" => at.split_last()?.1.to_vec(),
            name => {
                let child = [at, &[name.to_owned()]].concat();
                match self.0.get(at).and_then(|module| module.imported.get(name)) {
                    _ if self.0.contains_key(&child) => child,
                    // `use x::x;` names itself.
                    Some(imported) if imported[0] != *first => self.absolute(at, imported)?,
                    _ => return None,
                }
            }
        };
        for segment in rest {
            match segment.as_str() {
                "super" => drop(absolute.pop()?),
                _ => absolute.push(segment.clone()),
            }
        }
        Some(absolute)
    }

    /// The file that defines what a path names. A folder's module by itself is no file: what is
    /// used of it is named elsewhere.
    fn file_of(&self, path: &[String], depth: usize) -> Option<&str> {
        let known = (0..=path.len()).rev().find(|length| self.0.contains_key(&path[..*length]))?;
        let (at, rest) = path.split_at(known);
        let module = &self.0[at];
        let Some(name) = rest.first() else {
            return (!module.file.ends_with("mod.rs")).then_some(&module.file);
        };
        if depth == 0 {
            return None;
        }
        let follow = |imported: &Path| {
            let imported = self.absolute(at, imported)?;
            self.file_of(&[&imported, &rest[1..]].concat(), depth - 1)
        };
        match module.imported.get(name) {
            Some(imported) => follow(imported),
            None => Some(&module.file),
        }
    }
}

/// Reads one file.
struct Reader<'f> {
    file: &'f str,
    path: Path,
    modules: &'f mut BTreeMap<Path, Module>,
}

impl Reader<'_> {
    fn module(&mut self) -> &mut Module {
        self.modules.entry(self.path.clone()).or_default()
    }

    /// Takes down what a `use` says below a path; what it only re-exports it does not use.
    fn import(&mut self, tree: &UseTree, mut path: Path, is_used: bool) {
        let (name, renamed) = match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                return self.import(&tree.tree, path, is_used);
            }
            UseTree::Group(group) => {
                let trees = group.items.iter();
                return trees.for_each(|tree| self.import(tree, path.clone(), is_used));
            }
            // A glob that re-exports is not followed: nobody writes one.
            UseTree::Glob(_) => {
                self.module().used.extend(is_used.then_some(path));
                return;
            }
            UseTree::Name(name) => (name.ident.to_string(), None),
            UseTree::Rename(rename) => (rename.ident.to_string(), Some(rename.rename.to_string())),
        };
        // `use x::{self}` imports `x`.
        if name != "self" {
            path.push(name);
        }
        if is_used {
            self.module().used.insert(path.clone());
        }
        if let Some(name) = renamed.or(path.last().cloned()) {
            self.module().imported.insert(name, path);
        }
    }
}

/// Whether an item is compiled for tests only.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_test = |list: &syn::MetaList| list.tokens.to_string() == "test";
        attribute.path().is_ident("cfg") && attribute.meta.require_list().is_ok_and(is_test)
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_file(&mut self, file: &'ast syn::File) {
        self.module().file = self.file.to_owned();
        visit::visit_file(self, file);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.content.is_some() && !is_for_tests(&item.attrs) {
            self.path.push(item.ident.to_string());
            self.module().file = self.file.to_owned();
            visit::visit_item_mod(self, item);
            self.path.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_for_tests(&item.attrs) {
            let is_used = matches!(item.vis, Visibility::Inherited);
            self.import(&item.tree, Vec::new(), is_used);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Path = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            self.module().used.insert(names);
        }
        visit::visit_path(self, path);
    }

    /// Who may see an item is no use of that module.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}
}

/// The arrows between the files and folders inside each folder, by the folder, and from which file
/// to which. What a folder's `mod.rs` uses, and who uses it, is left out: it is the parent.
pub(crate) fn arrows_in_folders<'f>(
    uses: &BTreeMap<&'f str, BTreeSet<&'f str>>,
) -> BTreeMap<String, BTreeSet<(&'f str, &'f str)>> {
    let mut arrows: BTreeMap<String, BTreeSet<_>> = BTreeMap::new();
    for (from, used) in uses {
        for to in used {
            let common = from.split('/').zip(to.split('/')).take_while(|(a, b)| a == b).count();
            let child = |file: &'f str| {
                let end = file.match_indices('/').nth(common).map_or(file.len(), |(at, _)| at);
                &file[..end]
            };
            let (from, to) = (child(from), child(to));
            let is_parent = |name: &str| name.ends_with("mod.rs") || name == "lib.rs";
            if !is_parent(from) && !is_parent(to) {
                let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
                arrows.entry(folder.to_owned()).or_default().insert((from, to));
            }
        }
    }
    arrows
}

/// A circle of arrows, if there is one: each points to the next, and the last to the first.
pub(crate) fn circle<'f>(arrows: &BTreeSet<(&'f str, &'f str)>) -> Option<Vec<&'f str>> {
    let mut left = arrows.clone();
    // Who points at nobody, or whom nobody points at, is in no circle.
    loop {
        let before = left.len();
        let (from, to): (BTreeSet<_>, BTreeSet<_>) = left.iter().copied().unzip();
        left.retain(|(a, b)| to.contains(a) && from.contains(b));
        if left.len() == before {
            break;
        }
    }
    let mut way = vec![left.first()?.0];
    loop {
        let last = way[way.len() - 1];
        let next = left.iter().find(|(from, _)| *from == last)?.1;
        match way.iter().position(|name| *name == next) {
            Some(start) => return Some(way.split_off(start)),
            None => way.push(next),
        }
    }
}
