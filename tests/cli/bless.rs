//! `recut check --bless`: what is observed becomes what scripts expect.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;

use super::{folder, recut, write};

#[test]
fn bless_writes_what_came_and_leaves_the_rest_of_the_file() {
    let folder = folder();
    let script = "# kept\ninclude \"part.recut\"\n> \"a\\n\"  # kept\n<   \"b\\n\"  # kept\n";
    write(&folder, "a.recut", script);
    write(&folder, "b.recut", "include \"part.recut\"\n> \"x\\n\"\n< \"x\\n\"\n");
    write(&folder, "part.recut", "> \"y\\n\"\n< \"z\\n\"\n");
    let bless = || {
        let mut command = recut();
        command.args(["check", "a.recut", "b.recut", "--bless", "--target", "echo"]);
        command.current_dir(&folder).assert().code(0).stderr("")
    };
    let last = "recut: 2 conversations, 2 expectations written in 2 files\n";
    bless().stdout(contains("written: a.recut\n").and(predicates::str::ends_with(last)));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("a.recut"), script.replace("b\\n", "a\\n"));
    assert_eq!(read("part.recut"), "> \"y\\n\"\n< \"y\\n\"\n");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3, "nothing is left beside them");
    bless().stdout("recut: 2 conversations, 0 expectations written in 0 files\n");
}

#[test]
fn what_bless_cannot_write_is_told_and_ends_as_a_finding() {
    let folder = folder();
    let script = "> \"a\\n\"\n< \"b\\n\"\n> \"c\\n\"\n< line re\"^d$\"\n";
    write(&folder, "a.recut", script);
    let bless =
        |args: &[&str]| recut().args(["check", "--bless"]).args(args).current_dir(&folder).assert();
    let told = contains("a.recut:4:1").and(contains("only exact bytes can be replaced"));
    bless(&["a.recut", "--target", "echo"]).code(1).stderr(told);
    let new = fs::read_to_string(folder.path().join("a.recut")).unwrap();
    assert_eq!(new, script.replace("b\\n", "a\\n"), "what comes before it is written");
    bless(&["a.recut", "--spawn", "./none {port}"]).code(3).stderr(contains("can't start `./none"));
    bless(&["--target", "echo"]).code(2).stderr(contains("name the scripts"));
    bless(&["-", "--target", "echo"]).code(2).stderr(contains("name the scripts"));
}
