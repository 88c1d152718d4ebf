//! Files that appear whole or not at all.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// A file to come.
pub struct NewFile {
    /// Its name inside the directory.
    pub name: String,
    /// What it holds.
    pub octets: Vec<u8>,
}

/// Puts all of `files` into `directory`, or none of them; readable for everybody (0644), on disk when
/// it returns. A directory that is missing is made, the one above it is not. Nothing is overwritten.
///
/// Each file is written under a hidden name first, which ends in `mark`: something that no other run
/// has. What a process that is killed leaves behind is hidden, or a whole file.
///
/// # Errors
/// The path that could not be written, and why. What was written so far is removed.
pub fn add(directory: &Path, files: &[NewFile], mark: &str) -> Result<(), (PathBuf, io::Error)> {
    let mut undo = Undo::default();
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| (path, error)
    };
    match fs::create_dir(directory) {
        Ok(()) => {
            undo.directory = Some(directory.to_owned());
            let readable = Permissions::from_mode(0o755);
            fs::set_permissions(directory, readable).map_err(failed(directory))?;
            let above = above(directory);
            sync(&above).map_err(failed(&above))?;
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err((directory.to_owned(), error)),
    }
    let mut names = vec![];
    for file in files {
        let hidden = directory.join(format!(".{}.{mark}", file.name));
        write(&hidden, &file.octets, &mut undo).map_err(failed(&hidden))?;
        names.push((hidden, directory.join(&file.name)));
    }
    for (hidden, name) in names {
        rename(&hidden, &name).map_err(failed(&name))?;
        undo.files.push(name);
    }
    // The names are on disk when the directory is.
    sync(directory).map_err(failed(directory))?;
    undo.forget();
    Ok(())
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// The directory in which `directory` is.
fn above(directory: &Path) -> PathBuf {
    match directory.parent() {
        Some(above) if !above.as_os_str().is_empty() => above.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn write(path: &Path, octets: &[u8], undo: &mut Undo) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    undo.files.push(path.to_owned());
    file.write_all(octets)?;
    file.set_permissions(Permissions::from_mode(0o644))?;
    file.sync_all()
}

/// The names are made of what the files hold, so another process can only have put the same there
/// between the look and the move.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::symlink_metadata(to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(from, to),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "a file of this name is there already",
        )),
    }
}

/// What is removed again unless everything went well.
#[derive(Default)]
struct Undo {
    files: Vec<PathBuf>,
    directory: Option<PathBuf>,
}

impl Undo {
    fn forget(mut self) {
        self.files.clear();
        self.directory = None;
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        // A hidden name that was moved away is no longer there, and nothing can be done about another
        // failure.
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        if let Some(directory) = &self.directory {
            let _ = fs::remove_dir(directory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of a test, removed at the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("dovira-{name}-{}", std::process::id()));
            fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn names(&self, directory: &str) -> Vec<String> {
            let entries = fs::read_dir(self.0.join(directory)).unwrap();
            let mut names: Vec<_> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn put(directory: &Path, files: &[NewFile]) -> Result<(), (PathBuf, io::Error)> {
        add(directory, files, "mark")
    }

    fn file(name: &str) -> NewFile {
        NewFile {
            name: name.to_owned(),
            octets: name.as_bytes().to_vec(),
        }
    }

    #[test]
    fn all_of_them_readable_for_everybody() {
        let scratch = Scratch::new("new-files-all");
        let directory = scratch.0.join("a");
        put(&directory, &[file("1"), file("2")]).unwrap();
        put(&directory, &[file("3")]).unwrap();
        assert_eq!(scratch.names("a"), ["1", "2", "3"]);
        for name in ["1", "2", "3"] {
            let path = directory.join(name);
            assert_eq!(fs::read(&path).unwrap(), name.as_bytes());
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o644);
        }
        let mode = fs::metadata(directory).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
        for (path, expected) in [("a/b/c", "a/b"), ("/a", "/"), ("a", "."), ("/", ".")] {
            assert_eq!(above(Path::new(path)), Path::new(expected));
        }
    }

    #[test]
    fn none_when_one_cannot_be_written() {
        let scratch = Scratch::new("new-files-none");
        let directory = scratch.0.join("a");
        put(&directory, &[file("2")]).unwrap();
        let changed = NewFile {
            octets: b"other".to_vec(),
            ..file("2")
        };
        let (path, error) = put(&directory, &[file("1"), changed, file("3")]).unwrap_err();
        assert_eq!(path, directory.join("2"));
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(scratch.names("a"), ["2"]);
        assert_eq!(fs::read(directory.join("2")).unwrap(), b"2");
        // A name that cannot be, in a directory that was not: neither is there afterwards.
        let (_, error) = put(&scratch.0.join("b"), &[file("1"), file("x/y")]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert_eq!(scratch.names(""), ["a"]);
        let (path, error) = put(&scratch.0.join("c/d"), &[file("1")]).unwrap_err();
        assert_eq!(
            (path, error.kind()),
            (scratch.0.join("c/d"), io::ErrorKind::NotFound)
        );
        let (_, error) = put(&directory.join("2"), &[file("1")]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
    }
}
