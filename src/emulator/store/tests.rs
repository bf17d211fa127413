//! What is read back from files that somebody cut, changed, mixed or linked to.

use super::*;

fn record(key: &str, value: u64) -> Record {
    Record::put("t", key, &value)
}

fn append(store: &mut Store, records: &[Record]) {
    store.write(records).expect("writes");
    store.sync().expect("syncs");
}

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.json");
    (folder, path)
}

/// A file with three records in its snapshot and three entries in its log.
fn filled() -> (tempfile::TempDir, PathBuf) {
    let (folder, path) = file();
    let (mut store, _) = Store::open(&path).expect("opens");
    let records = [record("a", 1), record("b", 2), record("c", 3)];
    append(&mut store, &records);
    store.fold(&records).expect("folds");
    for (number, key) in (4..).zip(["d", "e", "f"]) {
        append(&mut store, &[record(key, number)]);
    }
    (folder, path)
}

fn lines(path: &Path) -> Vec<Vec<u8>> {
    let text = std::fs::read(path).expect("reads");
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    lines.map(<[u8]>::to_vec).collect()
}

fn recovered(path: &Path) -> Recovered {
    Store::open(path).expect("opens").1
}

#[test]
fn what_was_written_is_there_again() {
    let (_folder, path) = file();
    let (mut store, _) = Store::open(&path).expect("opens");
    append(&mut store, &[record("a", 1), record("b", 2)]);
    append(&mut store, &[record("a", 3)]);
    drop(store);
    let (mut store, recovered) = Store::open(&path).expect("opens");
    assert_eq!(recovered.records, [record("a", 3), record("b", 2)]);
    assert!(store.has_news());
    store.fold(&recovered.records).expect("folds");
    assert!(!store.has_news());
    append(&mut store, &[record("c", 4), Record::gone("t", "a")]);
    drop(store);
    let expected = [record("b", 2), record("c", 4)];
    assert_eq!(self::recovered(&path).records, expected);
}

#[test]
fn a_snapshot_alone_is_enough() {
    let (_folder, path) = filled();
    std::fs::remove_file(beside(&path, "wal")).expect("it is there");
    assert_eq!(recovered(&path).records.len(), 3);
    assert_eq!(recovered(&path).records.len(), 3);
}

#[test]
fn a_log_cut_at_any_byte_behind_its_head_keeps_every_whole_entry() {
    let (_folder, path) = file();
    let (mut store, _) = Store::open(&path).expect("opens");
    let mut ends = vec![store.log_bytes];
    for number in 0..5 {
        append(&mut store, &[record(&number.to_string(), number)]);
        ends.push(store.log_bytes);
    }
    drop(store);
    let log = std::fs::read(beside(&path, "wal")).expect("reads");
    for length in 0..=log.len() {
        std::fs::write(beside(&path, "wal"), &log[..length]).expect("writes");
        if (length as u64) < ends[0] {
            // It is put in place with its head.
            let opened = Store::open(&path);
            assert!(
                matches!(opened, Err(StoreError::Damaged { .. })),
                "{length}"
            );
            continue;
        }
        let found = recovered(&path);
        let whole = ends.iter().filter(|end| **end <= length as u64).count() - 1;
        assert_eq!(found.records.len(), whole, "cut at {length}");
        assert_eq!(found.cut, length as u64 - ends[whole], "cut at {length}");
    }
}

#[test]
fn a_file_that_lost_doubled_or_swapped_lines_is_refused() {
    for extension in ["", "wal"] {
        let (_folder, path) = filled();
        let changed = if extension.is_empty() {
            path.clone()
        } else {
            beside(&path, extension)
        };
        let whole = lines(&changed);
        assert_eq!(whole.len(), 4);
        let of = |places: &[usize]| {
            places
                .iter()
                .flat_map(|place| whole[*place].clone())
                .collect()
        };
        let mut damaged: Vec<(&str, Vec<u8>)> = vec![
            ("empty", Vec::new()),
            ("without its head", of(&[1, 2, 3])),
            ("without its first entry", of(&[0, 2, 3])),
            ("without one in the middle", of(&[0, 1, 3])),
            ("swapped", of(&[0, 2, 1, 3])),
            ("reversed", of(&[3, 2, 1, 0])),
            ("an entry twice", of(&[0, 1, 1, 2, 3])),
            ("all of it twice", of(&[0, 1, 2, 3, 0, 1, 2, 3])),
            (
                "something between",
                [of(&[0, 1]), b"x\n".to_vec(), of(&[2, 3])].concat(),
            ),
        ];
        if extension.is_empty() {
            damaged.push(("without its last entry", of(&[0, 1, 2])));
            damaged.push(("only its head", of(&[0])));
            damaged.push((
                "with a tail",
                [of(&[0, 1, 2, 3]), b"12 x".to_vec()].concat(),
            ));
        }
        for (how, text) in damaged {
            std::fs::write(&changed, text).expect("writes");
            let opened = Store::open(&path);
            assert!(
                matches!(opened, Err(StoreError::Damaged { .. })),
                "{extension} {how}: {opened:?}"
            );
        }
        std::fs::write(&changed, whole.concat()).expect("writes");
        assert_eq!(recovered(&path).records.len(), 6, "{extension}");
    }
}

#[test]
fn no_changed_byte_goes_unnoticed() {
    for extension in ["", "wal"] {
        let (_folder, path) = filled();
        let changed = if extension.is_empty() {
            path.clone()
        } else {
            beside(&path, extension)
        };
        let whole = std::fs::read(&changed).expect("reads");
        for place in 0..whole.len() {
            let mut text = whole.clone();
            text[place] ^= 1;
            std::fs::write(&changed, text).expect("writes");
            match Store::open(&path) {
                Err(StoreError::Damaged { .. }) => {}
                // In the last line of a log it may be an unfinished write.
                Ok((_, found)) => assert!(found.cut > 0 && extension == "wal", "{place}"),
                Err(error) => panic!("{place}: {error}"),
            }
        }
    }
}

#[test]
fn a_snapshot_beside_the_log_of_another_one_is_refused() {
    let (_folder, path) = filled();
    let old = std::fs::read(&path).expect("reads");
    let old_log = std::fs::read(beside(&path, "wal")).expect("reads");
    let (mut store, found) = Store::open(&path).expect("opens");
    store.fold(&found.records).expect("folds");
    append(&mut store, &[record("g", 7)]);
    drop(store);
    let new = std::fs::read(&path).expect("reads");
    let mixed = |opened: Result<(Store, Recovered), StoreError>| {
        assert!(
            matches!(opened, Err(StoreError::Mixed { .. })),
            "{opened:?}"
        );
    };
    std::fs::write(&path, &old).expect("writes");
    mixed(Store::open(&path));
    std::fs::remove_file(&path).expect("it is there");
    mixed(Store::open(&path));
    // The old log is in the new snapshot: that is how a crash between the two leaves them.
    std::fs::write(&path, &new).expect("writes");
    std::fs::write(beside(&path, "wal"), &old_log).expect("writes");
    assert_eq!(recovered(&path).records.len(), 6);
    // But not if it went on elsewhere.
    std::fs::write(&path, &old).expect("writes");
    std::fs::write(beside(&path, "wal"), &old_log).expect("writes");
    let (mut store, _) = Store::open(&path).expect("opens");
    append(&mut store, &[record("other", 8)]);
    drop(store);
    std::fs::write(&path, &new).expect("writes");
    mixed(Store::open(&path));
}

#[test]
fn a_second_process_is_kept_out() {
    let (_folder, path) = file();
    let (_store, _) = Store::open(&path).expect("opens");
    assert!(matches!(Store::open(&path), Err(StoreError::Locked(_))));
}

#[cfg(unix)]
#[test]
fn a_link_stays_one_and_is_the_file_behind_it() {
    let (folder, path) = file();
    let links = [folder.path().join("one"), folder.path().join("two")];
    for link in &links {
        std::os::unix::fs::symlink("state.json", link).expect("a link");
    }
    let (mut store, _) = Store::open(&links[0]).expect("opens");
    let second = Store::open(&links[1]);
    assert!(matches!(second, Err(StoreError::Locked(_))), "{second:?}");
    append(&mut store, &[record("a", 1)]);
    store.fold(&[record("a", 1)]).expect("folds");
    drop(store);
    assert!(links[0].is_symlink() && path.is_file() && !path.is_symlink());
    assert_eq!(recovered(&links[1]).records, [record("a", 1)]);
}
