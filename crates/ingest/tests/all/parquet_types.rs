//! Parquet: a value has the same text whatever type stores it, and a value without text is a reject.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use matchflow_ingest::{IngestError, inspect, open_source, table_facts};
use matchflow_model::arrow::array::{
    ArrayRef, BinaryArray, BinaryViewArray, Date32Array, Date64Array, Decimal128Array, Decimal256Array,
    DictionaryArray, DurationSecondArray, Int32Array, Int64Array, LargeBinaryArray, RecordBatch, StringArray,
    Time32SecondArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray,
};
use matchflow_model::arrow::datatypes::{Int32Type, i256};
use matchflow_model::plan::{FieldType, TablePlan};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ArrowWriter, add_encoded_arrow_schema_to_metadata};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, Int96};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataWriter};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::support::{Read, array, column, field, folder, parquet, plan, read, texts};

const MIDNIGHT: i64 = 1_711_843_200;

fn table(path: &Path) -> TablePlan {
    TablePlan::new("parquet", path.to_owned())
}

/// Reads a column `V` as text: its values and its rejects.
fn texts_of(values: ArrayRef) -> (Vec<String>, Vec<(String, String)>) {
    let folder = folder();
    let path = folder.path().join("s.parquet");
    parquet(&path, vec![("V", values)], 100);
    texts_in(&path)
}

fn texts_in(path: &Path) -> (Vec<String>, Vec<(String, String)>) {
    let found = read(&plan(table(path), &["index"], texts(&["V"])), 10);
    assert!(found.facts.cells.balances(), "{:?}", found.facts);
    (column(&found.rows, "v"), rejects(&found))
}

fn rejects(found: &Read) -> Vec<(String, String)> {
    found.rejects.iter().map(|reject| (reject.cell.clone(), reject.raw.clone())).collect()
}

fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

/// A file with one column of bytes, annotated as text or not.
fn bytes_file(path: &Path, annotation: &str, values: &[&[u8]]) {
    let message = format!("message m {{ REQUIRED BYTE_ARRAY V {annotation}; }}");
    let schema = Arc::new(parse_message_type(&message).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut chunk = group.next_column().unwrap().unwrap();
    let values: Vec<ByteArray> = values.iter().map(|value| ByteArray::from(value.to_vec())).collect();
    match chunk.untyped() {
        ColumnWriter::ByteArrayColumnWriter(writer) => writer.write_batch(&values, None, None).unwrap(),
        _ => panic!("another column"),
    };
    chunk.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn bytes_are_utf8_or_windows_1252_or_a_reject() {
    let values: [&[u8]; 5] =
        [b"BRUMELAC", b"F\xE9d\xE9ration", "Fédération".as_bytes(), b"\x00\xFF\x81", b"\xC3\xA9\xFF"];
    let bytes = BinaryArray::from(values.to_vec());
    let dictionary: ArrayRef =
        array(DictionaryArray::<Int32Type>::new(Int32Array::from(vec![0, 1, 2, 3, 4]), Arc::new(bytes.clone())));
    let expected = owned(&["BRUMELAC", "Fédération", "Fédération", "-", "-"]);
    for values in [
        array(bytes),
        array(LargeBinaryArray::from(values.to_vec())),
        array(BinaryViewArray::from(values.to_vec())),
        dictionary,
    ] {
        let kind = values.data_type().to_string();
        let (found, rejects) = texts_of(values);
        assert_eq!(found, expected, "{kind}");
        assert_eq!(rejects.iter().map(|(cell, _)| cell.as_str()).collect::<Vec<_>>(), ["V:5", "V:6"], "{kind}");
        assert!(rejects[0].1.ends_with("00ff81"), "{rejects:?}");
    }
    let folder = folder();
    for annotation in ["(UTF8)", "(STRING)", "(JSON)", "(ENUM)", ""] {
        let path = folder.path().join("s.parquet");
        bytes_file(&path, annotation, &values);
        assert_eq!(texts_in(&path).0, expected, "{annotation}");
        // As keys: a row whose key is a reject gets its number as key.
        let found = read(&plan(table(&path), &["V", "index"], texts(&["V"])), 2);
        assert_eq!(column(&found.rows, "_key"), ["BRUMELAC", "Fédération", "Fédération#2", "5", "6"]);
        assert_eq!(found.facts.cells.read, 5);
    }
}

/// Parquet has no unit of a second: other libraries write milliseconds of UTC, and the zone in their own schema only.
#[test]
fn seconds_of_a_zone_are_in_the_schema_of_their_writer() {
    let folder = folder();
    let path = folder.path().join("s.parquet");
    let stored = TimestampMillisecondArray::from(vec![(MIDNIGHT - 3_600) * 1_000]).with_timezone("UTC");
    let stored = RecordBatch::try_from_iter([("V", array(stored))]).unwrap();
    for (zone, expected) in [("Europe/Paris", "2024-03-31"), ("+02:00", "2024-03-31T01:00:00+02:00")] {
        let written = TimestampSecondArray::from(vec![0]).with_timezone(zone);
        let written = RecordBatch::try_from_iter([("V", array(written))]).unwrap().schema();
        let mut properties = WriterProperties::builder().build();
        add_encoded_arrow_schema_to_metadata(&written, &mut properties);
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let file = File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new_with_options(file, stored.schema(), options).unwrap();
        writer.write(&stored).unwrap();
        writer.close().unwrap();
        assert_eq!(texts_in(&path).0, [expected], "{zone}");
    }
}

#[test]
fn timestamps_are_in_local_time() {
    let micros = TimestampMicrosecondArray::from(vec![MIDNIGHT * 1_000_000, (MIDNIGHT - 3_600) * 1_000_000]);
    for (zone, expected) in [
        ("UTC", ["2024-03-31", "2024-03-30T23:00:00Z"]),
        ("Europe/Paris", ["2024-03-31T01:00:00+01:00", "2024-03-31"]),
        ("+02:00", ["2024-03-31T02:00:00+02:00", "2024-03-31T01:00:00+02:00"]),
        ("Mars/Olympus", ["2024-03-31", "2024-03-30T23:00:00Z"]),
    ] {
        let values = micros.clone().with_timezone(zone);
        assert_eq!(texts_of(array(values)).0, expected, "{zone}");
    }
    let seconds = TimestampSecondArray::from(vec![MIDNIGHT]).with_timezone("Europe/Paris");
    assert_eq!(texts_of(array(seconds)).0, ["2024-03-31T01:00:00+01:00"]);
    let nanoseconds = TimestampNanosecondArray::from(vec![MIDNIGHT * 1_000_000_000 + 5]);
    assert_eq!(texts_of(array(nanoseconds.clone())).0, ["2024-03-31T00:00:00.000000005"]);
    let utc = array(nanoseconds.with_timezone("UTC"));
    let dictionary = DictionaryArray::<Int32Type>::new(Int32Array::from(vec![0, 0]), utc);
    assert_eq!(texts_of(array(dictionary)).0, ["2024-03-31T00:00:00.000000005Z"; 2]);
    let folder = folder();
    let path = folder.path().join("s.parquet");
    parquet(&path, vec![("V", array(micros.with_timezone("Mars/Olympus")))], 100);
    assert!(table_facts(&table(&path)).unwrap().notes[0].contains("Mars/Olympus"));
    let dates = read(&plan(table(&path), &["index"], vec![field("V", FieldType::Date)]), 10);
    assert_eq!(column(&dates.rows, "v"), ["2024-03-31", "2024-03-30"]);
    assert_eq!(dates.facts.times_dropped, 1);
}

#[test]
fn values_beyond_the_calendar_are_rejects() {
    for (values, raw) in [
        (array(Date32Array::from(vec![19_813, i32::MAX])), "2147483647 days from 1970-01-01"),
        (array(Date64Array::from(vec![MIDNIGHT * 1_000, i64::MAX])), "milliseconds from 1970-01-01"),
        (array(TimestampSecondArray::from(vec![MIDNIGHT, i64::MIN])), "seconds from 1970-01-01"),
        (array(TimestampMillisecondArray::from(vec![MIDNIGHT * 1_000, i64::MAX])), "milliseconds from 1970-01-01"),
        (
            array(TimestampMicrosecondArray::from(vec![MIDNIGHT * 1_000_000, i64::MAX]).with_timezone("UTC")),
            "microseconds from 1970-01-01",
        ),
    ] {
        let kind = values.data_type().to_string();
        let (found, rejects) = texts_of(Arc::clone(&values));
        assert_eq!(found, ["2024-03-31", "-"], "{kind}");
        assert_eq!(rejects.len(), 1, "{kind}");
        assert_eq!(rejects[0].0, "V:3", "{kind}");
        assert!(rejects[0].1.contains(raw), "{kind}: {rejects:?}");
        let folder = folder();
        let path = folder.path().join("s.parquet");
        let keys = Int32Array::from(vec![Some(0), Some(1), None]);
        let dictionary = DictionaryArray::<Int32Type>::new(keys, values);
        parquet(&path, vec![("V", array(dictionary))], 100);
        let dates = read(&plan(table(&path), &["index"], vec![field("V", FieldType::Date)]), 10);
        assert_eq!(column(&dates.rows, "v"), ["2024-03-31", "-", "-"], "{kind}");
        assert_eq!((dates.facts.rejects, dates.facts.cells.read), (1, 2), "{kind}");
    }
    let (found, rejects) = texts_of(array(Time32SecondArray::from(vec![3_600, 90_000])));
    assert_eq!((found, rejects.len()), (owned(&["01:00:00", "-"]), 1));
}

/// A timestamp as INT96: nanoseconds of the day, then the Julian day.
fn int96(day: u32, nanoseconds: u64) -> Int96 {
    const JULIAN_DAY_OF_1970: u32 = 2_440_588;
    let mut value = Int96::new();
    value.set_data(nanoseconds as u32, (nanoseconds >> 32) as u32, day.wrapping_add(JULIAN_DAY_OF_1970));
    value
}

#[test]
fn int96_reaches_as_far_as_the_calendar() {
    let folder = folder();
    let path = folder.path().join("s.parquet");
    let schema = Arc::new(parse_message_type("message m { REQUIRED INT96 V; }").unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(File::create(&path).unwrap(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut chunk = group.next_column().unwrap().unwrap();
    // 9999-12-31, 0001-01-01, 2024-03-31 at noon, and a day outside the calendar.
    let values = [
        int96(2_932_896, 0),
        int96((-719_162_i32) as u32, 0),
        int96(19_813, 43_200_000_000_000),
        int96(i32::MAX as u32 - 2_440_588, 0),
    ];
    match chunk.untyped() {
        ColumnWriter::Int96ColumnWriter(writer) => writer.write_batch(&values, None, None).unwrap(),
        _ => panic!("another column"),
    };
    chunk.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let dates = read(&plan(table(&path), &["index"], vec![field("V", FieldType::Date)]), 10);
    assert_eq!(column(&dates.rows, "v"), ["9999-12-31", "0001-01-01", "2024-03-31", "-"]);
    assert_eq!((dates.facts.rejects, dates.facts.times_dropped), (1, 1));
    assert_eq!(texts_in(&path).0[2], "2024-03-31T12:00:00");
}

#[test]
fn decimals_are_written_as_other_numbers() {
    let values = vec![Some(1_001_000_000_i128), Some(12_500_000), Some(-1), None, Some(0)];
    let decimals = Decimal128Array::from(values).with_precision_and_scale(20, 6).unwrap();
    let expected = ["1001", "12.5", "-0.000001", "-", "0"];
    assert_eq!(texts_of(array(decimals.clone())).0, expected);
    let dictionary =
        DictionaryArray::<Int32Type>::new(Int32Array::from(vec![0, 1, 2, 3, 4]), Arc::new(decimals.clone()));
    assert_eq!(texts_of(array(dictionary)).0, expected);
    let wide = Decimal256Array::from(vec![i256::from_i128(35_600_000_000_048_000)]).with_precision_and_scale(60, 3);
    assert_eq!(texts_of(array(wide.unwrap())).0, ["35600000000048"]);
    let whole = Decimal128Array::from(vec![100]).with_precision_and_scale(9, 0).unwrap();
    assert_eq!(texts_of(array(whole)).0, ["100"]);
}

#[test]
fn a_cell_larger_than_a_record_of_csv_is_a_reject() {
    let long = "A".repeat((1 << 24) + 1);
    let (found, rejects) = texts_of(array(StringArray::from(vec!["BRUMELAC", long.as_str(), "ORVALINE"])));
    assert_eq!(found, ["BRUMELAC", "-", "ORVALINE"]);
    assert_eq!(rejects.len(), 1);
    assert!(rejects[0].1.starts_with("a cell of 16777217 bytes"), "{}", rejects[0].1);
}

#[test]
fn rows_with_long_cells_are_read_in_small_batches() {
    let folder = folder();
    let path = folder.path().join("s.parquet");
    let cells: Vec<String> = (0..2_000).map(|row| format!("{row}{}", "0".repeat(100_000))).collect();
    parquet(&path, vec![("V", array(StringArray::from(cells)))], 10_000);
    let mut reader = open_source(&plan(table(&path), &["index"], texts(&["V"])), 65_536).unwrap();
    let (mut rows, mut batches) = (0, 0);
    while let Some(batch) = reader.next_batch().unwrap() {
        (rows, batches) = (rows + batch.rows.num_rows(), batches + 1);
        assert!(batch.rows.num_rows() <= 700, "{}", batch.rows.num_rows());
    }
    assert!(rows == 2_000 && batches > 2);
}

/// The length of a variable-length integer, in groups of seven bits.
fn varint_end(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1
}

/// A file of one column and one page, with a checksum in the page header: the library writes none.
fn file_with_checksum(path: &Path, cells: &[&str], checksum: impl Fn(&[u8]) -> u32) {
    let batch = RecordBatch::try_from_iter([("V", array(StringArray::from(cells.to_vec())))]).unwrap();
    let properties = WriterProperties::builder().set_dictionary_enabled(false).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    let metadata = writer.close().unwrap();
    let chunk = metadata.row_group(0).column(0).clone();
    let end = 4 + usize::try_from(chunk.compressed_size()).unwrap();
    // Type, size and compressed size, each after the byte of its field; then the page's own header, the fifth field.
    let header = (0..3).fold(4, |at, _| at + 1 + varint_end(&bytes[at + 1..]));
    assert_eq!(bytes[header], 0x2C);
    let size = usize::try_from(chunk.uncompressed_size()).unwrap();
    let data_length = {
        let at = 4 + 1 + varint_end(&bytes[5..]) + 1;
        let zigzag = bytes[at..].iter().take(varint_end(&bytes[at..])).rev();
        zigzag.fold(0_usize, |value, byte| value << 7 | usize::from(byte & 0x7F)) >> 1
    };
    assert!(data_length < size);
    let sum = checksum(&bytes[end - data_length..end]) as i32;
    let mut zigzag = ((sum << 1) ^ (sum >> 31)) as u32;
    let mut field = vec![0x15];
    while zigzag >= 0x80 {
        field.push(zigzag as u8 | 0x80);
        zigzag >>= 7;
    }
    field.extend([zigzag as u8, 0x1C]);
    let added = i64::try_from(field.len()).unwrap() - 1;
    bytes.truncate(end);
    bytes.splice(header..=header, field);
    let chunk =
        chunk.clone().into_builder().set_total_compressed_size(chunk.compressed_size() + added).build().unwrap();
    let group = metadata.row_group(0).clone().into_builder().set_column_metadata(vec![chunk]).build().unwrap();
    let metadata = ParquetMetaData::new(metadata.file_metadata().clone(), vec![group]);
    ParquetMetaDataWriter::new(&mut bytes, &metadata).finish().unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn page_checksums_detect_damage() {
    let folder = folder();
    let path = folder.path().join("s.parquet");
    file_with_checksum(&path, &["BRUMELAC", "ORVALINE"], crc32fast::hash);
    assert_eq!(texts_in(&path).0, ["BRUMELAC", "ORVALINE"]);
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(8).position(|window| window == b"ORVALINE").unwrap();
    bytes[at] = b'A';
    fs::write(&path, bytes).unwrap();
    let mut reader = open_source(&plan(table(&path), &["index"], texts(&["V"])), 10).unwrap();
    let error = reader.next_batch().unwrap_err();
    assert!(matches!(error, IngestError::Parquet { .. }) && error.to_string().contains("checksum"), "{error}");
}

#[test]
fn columns_of_other_types_are_named_before_rows_are_read() {
    let folder = folder();
    let path = folder.path().join("s.parquet");
    let columns = vec![
        ("Nom", array(StringArray::from(vec!["BRUMELAC"]))),
        ("Durée", array(DurationSecondArray::from(vec![1]))),
        ("N", array(Int64Array::from(vec![7]))),
    ];
    parquet(&path, columns, 100);
    let facts = table_facts(&table(&path)).unwrap();
    assert_eq!(facts.columns, ["Nom", "Durée", "N"]);
    let [(name, reason)] = facts.unreadable.as_slice() else { panic!("{:?}", facts.unreadable) };
    assert!(name == "Durée" && reason.contains("Duration") && reason.contains("text"), "{reason}");
    let inspection = inspect(&table(&path)).unwrap();
    assert_eq!(inspection.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["Nom", "N"]);
    assert_eq!((inspection.rows, inspection.unreadable.len()), (1, 1));
    // Columns that are not selected do not matter.
    assert_eq!(column(&read(&plan(table(&path), &["N"], texts(&["Nom"])), 10).rows, "nom"), ["BRUMELAC"]);
}
