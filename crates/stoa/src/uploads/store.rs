//! Where the bytes of uploads are: a folder, or a bucket of any S3-compatible store. A file is there whole or not at all.
//!
//! All of it blocks; handlers call it on blocking threads.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::bucket::Bucket;
use crate::config::Config;
use crate::web::error::{Error, Result};

/// The place of all uploads.
pub enum Store {
    Folder(PathBuf),
    Bucket(Box<Bucket>),
}

impl Store {
    /// The place that the settings name; without one, `DATA/uploads`.
    pub fn open(config: &Config) -> anyhow::Result<Store> {
        match config.uploads.as_deref() {
            None => Ok(Store::Folder(config.data.join("uploads"))),
            Some(url) if url.starts_with("s3://") => Ok(Store::Bucket(Box::new(Bucket::open(url, &config.s3)?))),
            Some(other) if other.contains("://") => {
                anyhow::bail!("uploads = \"{other}\": name a folder, or s3://BUCKET/PREFIX")
            }
            Some(folder) => Ok(Store::Folder(config.data.join(folder))),
        }
    }

    /// Fails with a sentence for the operator when files could not be written and read there.
    pub fn probe(&self) -> anyhow::Result<()> {
        match self {
            Store::Folder(folder) => std::fs::create_dir_all(folder)
                .map_err(|e| anyhow::anyhow!("the folder {} for uploads cannot be made: {e}", folder.display())),
            Store::Bucket(bucket) => bucket.probe(),
        }
    }

    /// Keeps a file under a name, unless it is there already.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        if self.size(name)? == Some(bytes.len() as u64) {
            return Ok(());
        }
        match self {
            Store::Folder(folder) => put_in_folder(&path(folder, name), bytes),
            Store::Bucket(bucket) => bucket.put(&key(name), bytes).map_err(Error::Fault),
        }
    }

    /// The bytes of a file, if it is there.
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match self {
            Store::Folder(folder) => there(std::fs::read(path(folder, name))),
            Store::Bucket(bucket) => bucket.get(&key(name)).map_err(Error::Fault),
        }
    }

    /// The length of a file, if it is there.
    pub fn size(&self, name: &str) -> Result<Option<u64>> {
        match self {
            Store::Folder(folder) => Ok(there(std::fs::metadata(path(folder, name)))?.map(|about| about.len())),
            Store::Bucket(bucket) => bucket.size(&key(name)).map_err(Error::Fault),
        }
    }

    /// Takes a file away; one that is not there is no error.
    pub fn remove(&self, name: &str) -> Result<()> {
        match self {
            Store::Folder(folder) => there(std::fs::remove_file(path(folder, name))).map(drop),
            Store::Bucket(bucket) => bucket.remove(&key(name)).map_err(Error::Fault),
        }
    }
}

/// Names are spread over 256 folders.
fn key(name: &str) -> String {
    format!("{}/{name}", &name[..2])
}

fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join(&name[..2]).join(name)
}

fn there<T>(done: std::io::Result<T>) -> Result<Option<T>> {
    match done {
        Ok(found) => Ok(Some(found)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e.into()),
    }
}

/// A power cut leaves the whole file or none: the bytes are on the disk before the name is, and the name before this
/// returns.
fn put_in_folder(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().ok_or(Error::NotFound)?;
    std::fs::create_dir_all(folder)?;
    let mut part = tempfile::NamedTempFile::new_in(folder)?;
    part.write_all(bytes)?;
    part.as_file().sync_all()?;
    part.persist(path).map_err(|e| Error::from(e.error))?;
    std::fs::File::open(folder)?.sync_all()?;
    if let Some(above) = folder.parent() {
        std::fs::File::open(above)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_gives_and_forgets() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::Folder(folder.path().join("uploads"));
        assert_eq!(store.get("abc.png").expect("no error"), None);
        assert_eq!(store.size("abc.png").expect("no error"), None);
        store.put("abc.png", b"1234").expect("kept");
        store.put("abc.png", b"1234").expect("kept already");
        assert_eq!(store.size("abc.png").expect("no error"), Some(4));
        assert_eq!(store.get("abc.png").expect("no error").as_deref(), Some(&b"1234"[..]));
        let names: Vec<_> = std::fs::read_dir(folder.path().join("uploads/ab")).expect("a folder").collect();
        assert_eq!(names.len(), 1, "no half file stays behind");
        store.remove("abc.png").expect("removed");
        store.remove("abc.png").expect("removed already");
        assert_eq!(store.get("abc.png").expect("no error"), None);
    }

    #[test]
    fn a_half_file_is_written_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::Folder(folder.path().into());
        std::fs::create_dir_all(folder.path().join("ab")).expect("a folder");
        std::fs::write(folder.path().join("ab/abc.png"), b"12").expect("half a file");
        store.put("abc.png", b"1234").expect("kept");
        assert_eq!(store.get("abc.png").expect("no error").as_deref(), Some(&b"1234"[..]));
    }
}
