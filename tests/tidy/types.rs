//! The types of a file: what they are called, and how its functions tell errors.

use syn::visit::{self, Visit};
use syn::{GenericArgument, Item, PathArguments, PathSegment, Type};

use super::modules::is_for_tests;

/// What is found in one file, outside its tests.
#[derive(Default)]
pub(crate) struct Types {
    /// The names of its structs, enums, unions, traits and type aliases.
    pub(crate) names: Vec<String>,
    /// How many of its types are a `Result` whose error is a `String`.
    pub(crate) string_errors: usize,
}

impl Types {
    pub(crate) fn read(text: &str) -> Self {
        let mut types = Self::default();
        types.visit_file(&syn::parse_file(text).unwrap());
        types
    }
}

impl<'ast> Visit<'ast> for Types {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name) = match item {
            Item::Enum(item) => (&item.attrs, Some(&item.ident)),
            Item::Struct(item) => (&item.attrs, Some(&item.ident)),
            Item::Trait(item) => (&item.attrs, Some(&item.ident)),
            Item::Type(item) => (&item.attrs, Some(&item.ident)),
            Item::Union(item) => (&item.attrs, Some(&item.ident)),
            Item::Mod(item) => (&item.attrs, None),
            _ => return visit::visit_item(self, item),
        };
        if !is_for_tests(attributes) {
            self.names.extend(name.map(ToString::to_string));
            visit::visit_item(self, item);
        }
    }

    fn visit_path_segment(&mut self, segment: &'ast PathSegment) {
        if let PathArguments::AngleBracketed(generic) = &segment.arguments
            && segment.ident == "Result"
            && let Some(GenericArgument::Type(Type::Path(error))) = generic.args.iter().nth(1)
            && error.path.is_ident("String")
        {
            self.string_errors += 1;
        }
        visit::visit_path_segment(self, segment);
    }
}
