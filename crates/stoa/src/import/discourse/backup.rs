//! A backup of Discourse: `dump.sql.gz` and `uploads/` in a `.tar.gz`, or the dump alone as `.sql.gz`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use flate2::read::MultiGzDecoder;

use super::copy;
use super::model::{Forum, Post, Posts, Upload};
use super::tables;

/// Bytes of the largest file that is taken over.
const LARGEST: u64 = 200 << 20;

/// A backup whose dump lies open.
pub struct Backup {
    /// The archive with the files, if there is one.
    tar: Option<PathBuf>,
    dump: File,
}

/// Opens a backup and reads everything but its posts.
pub fn read(path: &Path) -> anyhow::Result<(Forum, Backup)> {
    let backup = open(path).with_context(|| format!("reading {}", path.display()))?;
    let forum = tables::read(&backup).with_context(|| format!("reading {}", path.display()))?;
    Ok((forum, backup))
}

fn open(path: &Path) -> anyhow::Result<Backup> {
    let mut start = Vec::new();
    plain(File::open(path)?)?.take(512).read_to_end(&mut start).context("it is not a gzip file, or damaged")?;
    if start.len() == 512 && &start[257..262] == b"ustar" {
        let dump = extract(path)?;
        return Ok(Backup { tar: Some(path.to_owned()), dump });
    }
    let text = std::str::from_utf8(&start).or_else(|e| std::str::from_utf8(&start[..e.valid_up_to()]));
    ensure!(
        text.is_ok_and(|t| t.contains("PostgreSQL database dump") || t.trim_start().starts_with("--")),
        "it is neither a Discourse backup (.tar.gz) nor a dump (.sql.gz)"
    );
    Ok(Backup { tar: None, dump: File::open(path)? })
}

/// The bytes of a file, unpacked when they are packed.
fn plain(mut file: File) -> anyhow::Result<Box<dyn BufRead>> {
    let mut magic = [0; 2];
    file.seek(SeekFrom::Start(0))?;
    let got = file.read(&mut magic)?;
    file.seek(SeekFrom::Start(0))?;
    let reader = BufReader::with_capacity(1 << 18, file);
    if got == 2 && magic == [0x1f, 0x8b] {
        Ok(Box::new(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(reader))))
    } else {
        Ok(Box::new(reader))
    }
}

/// Copies the dump out of the archive, because it is read more than once. Reading to the archive's end also tells
/// whether it is whole, before anything is written.
fn extract(path: &Path) -> anyhow::Result<File> {
    let mut archive = tar::Archive::new(plain(File::open(path)?)?);
    let mut dump = None;
    for entry in archive.entries().context("it is not a tar archive")? {
        let mut entry = entry.context("the archive ends too early or is damaged")?;
        let name = entry.path()?.to_string_lossy().trim_start_matches("./").to_owned();
        if name == "dump.sql.gz" || name == "dump.sql" {
            let mut file = tempfile::tempfile()?;
            std::io::copy(&mut entry, &mut file).context("the archive ends too early or is damaged")?;
            file.flush()?;
            dump = Some(file);
        } else {
            std::io::copy(&mut entry, &mut std::io::sink()).context("the archive ends too early or is damaged")?;
        }
    }
    let Some(dump) = dump else { bail!("there is no dump.sql.gz in it") };
    Ok(dump)
}

impl Backup {
    /// Calls `take` with the rows of some tables.
    pub fn rows(
        &self,
        wants: impl Fn(&str) -> bool,
        take: impl FnMut(&str, &copy::Row) -> anyhow::Result<()>,
    ) -> anyhow::Result<Vec<String>> {
        copy::read(plain(self.dump.try_clone()?)?, wants, take)
    }
}

impl Posts for Backup {
    fn each(&self, take: &mut dyn FnMut(Post) -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.rows(|table| table == "posts", |_, row| tables::post(row).map_or(Ok(()), &mut *take))?;
        Ok(())
    }

    fn files(
        &self,
        wanted: &HashMap<String, Upload>,
        take: &mut dyn FnMut(&Upload, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let Some(path) = &self.tar else { return Ok(()) };
        if wanted.is_empty() {
            return Ok(());
        }
        let mut archive = tar::Archive::new(plain(File::open(path)?)?);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let name = entry.path()?.to_string_lossy().trim_start_matches("./").to_owned();
            if let Some(upload) = wanted.get(&format!("/{name}"))
                && entry.size() <= LARGEST
            {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes)?;
                take(upload, &bytes)?;
            }
        }
        Ok(())
    }
}
