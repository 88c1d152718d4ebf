//! Files in a directory, reached through this program by signed links.
//!
//! ```text
//!  DIR/partial/{random}     an upload under way
//!  DIR/uploads/{object}     complete, renamed into place
//!  DIR/files/{object}       settled
//! ```
//!
//! Several processes may share the directory: a name appears by one renaming, whole or not at all.

use std::{
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    fs::{self, File},
    io::{AsyncReadExt, AsyncWriteExt},
};

use super::{MediaError, Object, StorageArea, UploadState, jpeg};
use crate::{
    limits, paths,
    random::{Draw, Random},
    secrets::{Keys, Purpose, constant_time_eq, hex},
};

/// Octets of an upload that wait in memory for the disk.
const BUFFER: usize = 64 * 1024;
/// Where uploads under way are.
const PARTIAL: &str = "partial";

/// The directory, and what links to it are made of.
#[derive(Debug)]
pub struct Local {
    root: PathBuf,
    link_life: TimeDelta,
    keys: Keys,
    origin: String,
    random: Arc<dyn Random>,
}

/// Why an upload was not taken.
#[derive(Debug)]
pub enum UploadError {
    /// It is longer than it may be.
    TooLarge,
    /// It does not begin as a JPEG image does.
    NotJpeg,
    /// The directory failed.
    Directory(io::Error),
}

impl From<io::Error> for UploadError {
    fn from(error: io::Error) -> Self {
        Self::Directory(error)
    }
}

impl Local {
    /// The files below `root`, which is made where it is missing. Links lead to `origin`.
    ///
    /// # Errors
    /// When a directory cannot be made.
    pub fn open(
        root: &Path,
        link_life: TimeDelta,
        keys: Keys,
        origin: &str,
        random: Arc<dyn Random>,
    ) -> io::Result<Self> {
        for name in [
            PARTIAL,
            StorageArea::Uploads.prefix(),
            StorageArea::Files.prefix(),
        ] {
            std::fs::create_dir_all(root.join(name))?;
        }
        Ok(Self {
            root: root.to_owned(),
            link_life,
            keys,
            origin: origin.to_owned(),
            random,
        })
    }

    /// A link by which `method` may be used on an object for the life of a link.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn link(
        &self,
        method: &str,
        place: StorageArea,
        object: &Object,
        now: DateTime<Utc>,
    ) -> Result<String, MediaError> {
        let path = format!("{}{}", paths::MEDIA, place.name(object));
        let expires = (now + self.link_life).timestamp();
        let signature = self.signature(method, &path, expires)?;
        let origin = &self.origin;
        Ok(format!(
            "{origin}{path}?expires={expires}&signature={signature}"
        ))
    }

    fn signature(&self, method: &str, path: &str, expires: i64) -> Result<String, MediaError> {
        let parts: [&[u8]; 3] = [method.as_bytes(), path.as_bytes(), &expires.to_be_bytes()];
        self.keys
            .mac(Purpose::Media, &parts)
            .map(|mac| hex(&mac))
            .map_err(|_| MediaError::Cryptography)
    }

    /// Whether a request with this method and path was given this signature, and its time is not over.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn is_allowed(
        &self,
        method: &str,
        path: &str,
        expires: i64,
        signature: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, MediaError> {
        let expected = self.signature(method, path, expires)?;
        let is_ours = constant_time_eq(expected.as_bytes(), signature.as_bytes());
        Ok(is_ours && now.timestamp() < expires)
    }

    fn path(&self, place: StorageArea, object: &Object) -> PathBuf {
        self.root.join(place.prefix()).join(object.as_str())
    }

    /// Begins an upload: nothing is visible before [`Upload::finish`].
    ///
    /// # Errors
    /// When the directory fails.
    pub async fn begin(&self, place: StorageArea, object: &Object) -> io::Result<Upload> {
        let name = self.random.uuid().simple().to_string();
        let partial = Partial(self.root.join(PARTIAL).join(name));
        let mut file = File::create_new(&partial.0).await?;
        file.set_max_buf_size(BUFFER);
        Ok(Upload {
            file,
            partial,
            target: self.path(place, object),
            beginning: Vec::with_capacity(jpeg::BEGINNING.len()),
            length: 0,
        })
    }

    /// The settled object, opened for reading, and its length; none when it is not there.
    ///
    /// # Errors
    /// When the directory fails.
    pub async fn open_file(&self, object: &Object) -> io::Result<Option<(File, u64)>> {
        let file = match File::open(self.path(StorageArea::Files, object)).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let length = file.metadata().await?.len();
        Ok(Some((file, length)))
    }

    pub(super) async fn check_upload(&self, object: &Object) -> Result<UploadState, MediaError> {
        for place in [StorageArea::Files, StorageArea::Uploads] {
            let mut file = match File::open(self.path(place, object)).await {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            let length = file.metadata().await?.len();
            let mut beginning = [0; jpeg::BEGINNING.len()];
            let is_long = match file.read_exact(&mut beginning).await {
                Ok(_) => true,
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => false,
                Err(error) => return Err(error.into()),
            };
            return Ok(if is_long && jpeg::is_usable(&beginning, length) {
                UploadState::Jpeg
            } else {
                UploadState::Unusable
            });
        }
        Ok(UploadState::Missing)
    }

    pub(super) async fn settle(&self, object: &Object) -> Result<(), MediaError> {
        let (from, to) = (
            self.path(StorageArea::Uploads, object),
            self.path(StorageArea::Files, object),
        );
        if fs::try_exists(&to).await? {
            return Ok(());
        }
        make_parent(&to).await?;
        match fs::rename(&from, &to).await {
            Ok(()) => Ok(sync_parent(&to).await?),
            // Nothing was uploaded, or somebody else settled it just now.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn remove(&self, object: &Object) -> Result<(), MediaError> {
        for place in [StorageArea::Uploads, StorageArea::Files] {
            match fs::remove_file(self.path(place, object)).await {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Removes partial files that nobody can be writing any more, and uploads that nobody settled in time.
    pub(super) async fn purge(
        &self,
        waits: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<u64, MediaError> {
        let writes = TimeDelta::from_std(limits::UPLOAD_TIME * 2).unwrap_or(TimeDelta::MAX);
        let partial = remove_older(self.root.join(PARTIAL), now - writes).await?;
        let uploads = self.root.join(StorageArea::Uploads.prefix());
        Ok(partial + remove_older(uploads, now - waits).await?)
    }
}

/// Removes files below a directory that were last written before `until`, and directories in which nothing was since; how
/// many files.
async fn remove_older(directory: PathBuf, until: DateTime<Utc>) -> io::Result<u64> {
    let mut removed = 0;
    let mut directories = vec![directory];
    while let Some(directory) = directories.pop() {
        let mut entries = fs::read_dir(directory).await?;
        while let Some(entry) = entries.next_entry().await? {
            let Ok(about) = entry.metadata().await else {
                // It was finished, settled or given up just now.
                continue;
            };
            let is_old = about
                .modified()
                .is_ok_and(|at| DateTime::<Utc>::from(at) < until);
            if about.is_dir() {
                // One that is not empty stays, and is looked through.
                if !is_old || fs::remove_dir(entry.path()).await.is_err() {
                    directories.push(entry.path());
                }
            } else if is_old && fs::remove_file(entry.path()).await.is_ok() {
                removed += 1;
            }
        }
    }
    Ok(removed)
}

/// A file under way; it goes when it is dropped, whatever ends the upload.
#[derive(Debug)]
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // It was renamed, or there is nobody left to tell; `purge` tries again.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// An upload under way.
#[derive(Debug)]
pub struct Upload {
    file: File,
    partial: Partial,
    target: PathBuf,
    beginning: Vec<u8>,
    length: u64,
}

impl Upload {
    /// Writes the next octets to the disk.
    ///
    /// # Errors
    /// As soon as it is known that the file is too long or no JPEG image; when the directory fails.
    pub async fn write(&mut self, octets: &[u8]) -> Result<(), UploadError> {
        self.length += octets.len() as u64;
        if self.length > limits::UPLOAD {
            return Err(UploadError::TooLarge);
        }
        let missing = jpeg::BEGINNING.len() - self.beginning.len();
        self.beginning.extend(octets.iter().take(missing));
        if !jpeg::BEGINNING.starts_with(&self.beginning) {
            return Err(UploadError::NotJpeg);
        }
        Ok(self.file.write_all(octets).await?)
    }

    /// Makes the file visible under its name.
    ///
    /// # Errors
    /// When it ended before it was a JPEG image; when the directory fails.
    pub async fn finish(self) -> Result<(), UploadError> {
        if !jpeg::is_usable(&self.beginning, self.length) {
            return Err(UploadError::NotJpeg);
        }
        Ok(self.publish().await?)
    }

    async fn publish(mut self) -> io::Result<()> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        make_parent(&self.target).await?;
        fs::rename(&self.partial.0, &self.target).await?;
        sync_parent(&self.target).await
    }
}

async fn make_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => fs::create_dir_all(parent).await,
        None => Ok(()),
    }
}

/// A new name survives a power cut once its directory is written.
async fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent).await?.sync_all().await,
        None => Ok(()),
    }
}
