//! The image's file and what it takes from `scripts/dist`, which agree without a build of either.

use crate::support::root;

fn text(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

#[test]
fn the_image_copies_what_the_archive_s_script_makes() {
    let (image, script, ignored) = (text("Dockerfile"), text("scripts/dist"), text(".dockerignore"));
    assert!(script.contains("name=matchflow-$target") && script.contains("folder=target/dist/$name"), "{script}");
    let copied: Vec<&str> = image.lines().filter_map(|line| line.strip_prefix("COPY ")?.split(' ').next()).collect();
    assert!(!copied.is_empty());
    for source in copied {
        assert!(source.starts_with("target/dist/matchflow-"), "{source} is no folder of scripts/dist");
        assert!(
            ignored.lines().any(|line| line.strip_prefix('!') == Some(source)),
            "{source} is left out of the context"
        );
    }
    // What runs in it: the command, found by PATH, and the certificates that TLS needs.
    for words in ["ENTRYPOINT [\"matchflow\"]", "ENV PATH=/opt/matchflow:$PATH", "ca-certificates", "USER matchflow"] {
        assert!(image.contains(words), "{words}");
    }
}
