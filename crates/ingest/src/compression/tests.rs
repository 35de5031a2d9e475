use std::io::Write;

use flate2::write::GzEncoder;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    archive.add_directory("data", zip::write::SimpleFileOptions::default()).unwrap();
    archive.start_file("data/suppliers.csv", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(bytes).unwrap();
    archive.finish().unwrap().into_inner()
}

/// Reads a file with these bytes: its contents, or an error.
fn read(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, bytes).unwrap();
    let mut out = Vec::new();
    let mut table = TableBytes::open(&path).map_err(|error| error.to_string())?;
    match table.read_to_end(&mut out) {
        Ok(_) => Ok(out),
        Err(error) => {
            assert!(table.read(&mut [0; 8]).is_err(), "what is damaged has no end");
            Err(read_error("t.csv", error).to_string())
        }
    }
}

/// Bytes that compress badly, so that a cut is among them.
fn text() -> Vec<u8> {
    (0..20_000_u64)
        .flat_map(|row| format!("{row};{:x}\n", row.wrapping_mul(0x9E37_79B9_7F4A_7C15)).into_bytes())
        .collect()
}

#[test]
fn every_compression_round_trips() {
    let text = text();
    for packed in [text.clone(), gzip(&text), zstandard(&text), zip(&text)] {
        assert!(read(&packed).unwrap() == text);
    }
    let half = text.len() / 2;
    let (first, second) = text.split_at(half);
    assert!(read(&[gzip(first), gzip(second)].concat()).unwrap() == text, "members of gzip");
    assert!(read(&[gzip(first), vec![0; 100_000]].concat()).unwrap() == first, "padding");
    assert!(read(&[zstandard(first), zstandard(second)].concat()).unwrap() == text, "frames of Zstandard");
}

#[test]
fn truncated_files_are_errors_with_an_offset() {
    let text = text();
    for (name, packed) in [("gzip", gzip(&text)), ("Zstandard", zstandard(&text)), ("zip", zip(&text))] {
        for length in (20..packed.len()).step_by(packed.len() / 50).chain([packed.len() - 1]) {
            let error = read(&packed[..length]).expect_err(name);
            assert!(error.contains("t.csv") && error.contains("at byte"), "{name} {length}: {error}");
        }
    }
}

#[test]
fn a_changed_byte_is_an_error() {
    let text = text();
    for (name, packed) in [("gzip", gzip(&text)), ("Zstandard", zstandard(&text)), ("zip", zip(&text))] {
        for at in (100..packed.len() - 100).step_by(packed.len() / 40) {
            let mut packed = packed.clone();
            packed[at] ^= 0x20;
            assert!(read(&packed).is_err(), "{name} {at}");
        }
    }
    assert!(read(&[gzip(&text), b"more".to_vec()].concat()).is_err(), "what follows might have been rows");
}

#[test]
fn decompression_bombs_end_early() {
    let zeros = vec![0_u8; 1 << 28];
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&zeros).unwrap();
    for packed in [encoder.finish().unwrap(), zstandard(&zeros)] {
        let error = read(&packed).err().unwrap_or_default();
        assert!(error.contains("400 times its size"), "{error}");
    }
}
