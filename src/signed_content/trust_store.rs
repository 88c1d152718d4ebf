//! Who is trusted, and who helps to get there: two sets of certificates, read once at the start.
//!
//! A file that cannot be read stops the start, and all such files are named at once. A certificate
//! whose key is of an unsupported kind is kept: it can vouch for nobody, but it does not keep the
//! others from it (signed content §10).

use std::{
    collections::HashSet,
    fmt, fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::{
    ber,
    certificate::Certificate,
    cms,
    der::{DerError, Reader, tag},
    identifier::CertificateId,
    pem,
    rejection::{Reason, SignedError},
    text::printable_text,
};

/// Octets of one file. The bundle of all Ukrainian authorities has a tenth of it.
const MAX_FILE: u64 = 8 * 1024 * 1024;
/// Characters of a PEM label that are shown.
const MAX_LABEL: usize = 40;
/// Links remembered. Every authority has one or two; when it is full it is begun anew.
const MAX_LINKS: usize = 4096;

/// Trusted certificates and intermediates.
#[derive(Debug, Default)]
pub struct TrustStore {
    trusted: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    links: Mutex<HashSet<Link>>,
}

/// That one certificate is signed by the key in another: SHA-256 of the one, SHA-256 of the other.
type Link = ([u8; 32], [u8; 32]);

/// What is wrong with the configured certificates: every problem, one a line.
#[derive(Debug, thiserror::Error)]
pub struct TrustStoreError {
    /// The problems in the order found; never empty.
    pub problems: Vec<TrustStoreProblem>,
}

impl fmt::Display for TrustStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// What is wrong with one file or directory.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct TrustStoreProblem {
    /// Which.
    pub path: PathBuf,
    /// What is wrong.
    pub problem: FileProblem,
}

/// What is wrong with a file of certificates.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is longer than 8 MiB.
    #[error("it is longer than 8 MiB")]
    TooLong,
    /// It is neither DER nor PEM.
    #[error("it is neither a certificate nor a PKCS #7 bundle, in DER or PEM")]
    Unknown,
    /// It holds a PEM block of another kind.
    #[error("it holds something other than certificates: {0}")]
    OtherPem(String),
    /// A certificate in it cannot be read.
    #[error("certificate {position} cannot be read: {error}")]
    Certificate {
        /// Which one, from 1.
        position: usize,
        /// Why.
        error: DerError,
    },
    /// There is nothing in it.
    #[error("it holds no certificates")]
    Empty,
    /// A trusted certificate is not one of a certification authority.
    #[error(
        "certificate with serial {0} cannot be trusted: it is not a certification authority's (basicConstraints cA)"
    )]
    NotAuthority(String),
}

impl TrustStore {
    /// A store of these certificates.
    ///
    /// # Errors
    /// The trusted certificate that is not a certification authority's.
    pub fn new(
        trusted: Vec<Certificate>,
        intermediates: Vec<Certificate>,
    ) -> Result<Self, CertificateId> {
        if let Some(other) = trusted
            .iter()
            .find(|certificate| !certificate.is_authority())
        {
            return Err(other.id());
        }
        // Points are decompressed and keys built now rather than in the first request.
        for certificate in trusted.iter().chain(&intermediates) {
            let _ = certificate.public_key();
        }
        Ok(Self {
            trusted,
            intermediates,
            links: Mutex::default(),
        })
    }

    /// Reads both sets. Each path is a directory, whose files are all read but for hidden ones and
    /// directories in it, or one file. A file is a certificate or a PKCS #7 bundle in DER, or
    /// any number of them in PEM.
    ///
    /// # Errors
    /// [`TrustStoreError`] with every problem of every file; also when nothing is trusted or
    /// something trusted is no authority.
    pub fn load(trusted: &Path, intermediates: Option<&Path>) -> Result<Self, TrustStoreError> {
        let mut problems = vec![];
        let anchors = read_all(trusted, &mut problems, |certificate| {
            if certificate.is_authority() {
                Ok(())
            } else {
                Err(FileProblem::NotAuthority(certificate.id().serial))
            }
        });
        if anchors.is_empty() && problems.is_empty() {
            problems.push(TrustStoreProblem {
                path: trusted.to_owned(),
                problem: FileProblem::Empty,
            });
        }
        let intermediates = intermediates
            .map(|path| read_all(path, &mut problems, |_| Ok(())))
            .unwrap_or_default();
        if !problems.is_empty() {
            return Err(TrustStoreError { problems });
        }
        Self::new(anchors, intermediates).map_err(|id| TrustStoreError {
            problems: vec![TrustStoreProblem {
                path: trusted.to_owned(),
                problem: FileProblem::NotAuthority(id.serial),
            }],
        })
    }

    /// How many certificates are trusted, and how many help to build chains.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.trusted.len(), self.intermediates.len())
    }

    /// The certificates whose key is of an unsupported kind: they vouch for nobody.
    pub fn unsupported_certificates(&self) -> impl Iterator<Item = CertificateId> + '_ {
        self.trusted
            .iter()
            .chain(&self.intermediates)
            .filter(|certificate| certificate.public_key().is_none())
            .map(Certificate::id)
    }

    /// Whether this very certificate is trusted.
    #[must_use]
    pub fn is_trusted(&self, certificate: &Certificate) -> bool {
        self.trusted
            .iter()
            .any(|trusted| trusted.sha256() == certificate.sha256())
    }

    /// The trusted certificates with this encoded subject Name.
    pub fn trusted_named(&self, name: &[u8]) -> impl Iterator<Item = &Certificate> {
        self.trusted
            .iter()
            .filter(move |certificate| certificate.subject() == name)
    }

    /// The intermediates with this encoded subject Name.
    pub fn intermediates_named(&self, name: &[u8]) -> impl Iterator<Item = &Certificate> {
        self.intermediates
            .iter()
            .filter(move |certificate| certificate.subject() == name)
    }

    /// Remembers who signed whom in a chain that was found good, from the signer to the anchor. The
    /// signer itself is left out: there are millions of signers. Nobody can fill this from
    /// outside, since every chain ends in a trusted certificate.
    pub(super) fn remember(&self, chain: &[&Certificate]) {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        for (subject, issuer) in chain.iter().skip(1).zip(chain.iter().skip(2)) {
            if links.len() >= MAX_LINKS {
                links.clear();
            }
            links.insert((subject.sha256(), issuer.sha256()));
        }
    }

    /// Whether `subject` is known to be signed by the key of `issuer`.
    pub(super) fn remembers(&self, subject: &Certificate, issuer: &Certificate) -> bool {
        let links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.contains(&(subject.sha256(), issuer.sha256()))
    }
}

/// Every certificate under `path` that `accept` takes; what goes wrong is added to `problems`.
fn read_all(
    path: &Path,
    problems: &mut Vec<TrustStoreProblem>,
    accept: impl Fn(&Certificate) -> Result<(), FileProblem>,
) -> Vec<Certificate> {
    let mut certificates: Vec<Certificate> = vec![];
    let files = files(path).unwrap_or_else(|error| {
        problems.push(TrustStoreProblem {
            path: path.to_owned(),
            problem: error.into(),
        });
        vec![]
    });
    for file in files {
        let mut problem = |problem| {
            problems.push(TrustStoreProblem {
                path: file.clone(),
                problem,
            })
        };
        match members_of(&file).and_then(all_readable) {
            Ok(read) => {
                for certificate in read {
                    match accept(&certificate) {
                        Err(refused) => problem(refused),
                        Ok(())
                            if certificates
                                .iter()
                                .any(|known| known.sha256() == certificate.sha256()) => {}
                        Ok(()) => certificates.push(certificate),
                    }
                }
            }
            Err(error) => problem(error),
        }
    }
    certificates
}

/// The files that a store reads: those of a directory by name, but for hidden ones, or the one file.
///
/// # Errors
/// When the directory cannot be read.
pub fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = vec![];
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        // What cannot be looked at is kept, so that reading it names the problem.
        let is_directory = fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_dir());
        if !is_hidden && !is_directory {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// A certificate of a file, or why it cannot be read.
pub type Member = Result<Certificate, DerError>;

/// The certificates of a file, each on its own: one that cannot be read hides none of the others. At
/// least one.
///
/// # Errors
/// [`FileProblem`] for the file as a whole.
pub fn members_of(path: &Path) -> Result<Vec<Member>, FileProblem> {
    // The length is not asked for first: some files do not tell it.
    let mut octets = vec![];
    fs::File::open(path)?
        .take(MAX_FILE + 1)
        .read_to_end(&mut octets)?;
    if u64::try_from(octets.len()).is_ok_and(|length| length > MAX_FILE) {
        return Err(FileProblem::TooLong);
    }
    members_in(&octets)
}

/// The certificates in the octets of a file: DER or PEM, single or in PKCS #7 bundles. At least
/// one.
///
/// # Errors
/// [`FileProblem`].
pub fn certificates_in(octets: &[u8]) -> Result<Vec<Certificate>, FileProblem> {
    all_readable(members_in(octets)?)
}

fn all_readable(members: Vec<Member>) -> Result<Vec<Certificate>, FileProblem> {
    let numbered = members.into_iter().enumerate();
    numbered
        .map(|(index, member)| {
            member.map_err(|error| FileProblem::Certificate {
                position: index + 1,
                error,
            })
        })
        .collect()
}

fn members_in(octets: &[u8]) -> Result<Vec<Member>, FileProblem> {
    let ders = if octets.first() == Some(&tag::SEQUENCE) {
        bundle(octets)?
    } else {
        let text = std::str::from_utf8(octets).map_err(|_| FileProblem::Unknown)?;
        let mut ders = vec![];
        for (label, block) in pem::blocks(text).ok_or(FileProblem::Unknown)? {
            match label {
                "CERTIFICATE" | "X509 CERTIFICATE" => ders.push(block),
                "PKCS7" | "CMS" => ders.extend(bundle(&block)?),
                other => return Err(FileProblem::OtherPem(printable_text(other, MAX_LABEL))),
            }
        }
        ders
    };
    if ders.is_empty() {
        return Err(FileProblem::Empty);
    }
    Ok(ders.iter().map(|der| Certificate::from_der(der)).collect())
}

/// A certificate begins with a SEQUENCE in a SEQUENCE, a bundle with an OBJECT IDENTIFIER in one.
fn bundle(octets: &[u8]) -> Result<Vec<Vec<u8>>, FileProblem> {
    let der = &*ber::definite(octets).map_err(|_| FileProblem::Unknown)?;
    let first = Reader::only(der)
        .and_then(|outer| outer.enter())
        .map_err(|_| FileProblem::Unknown)?
        .peek();
    match first {
        Some(tag::OID) => match cms::certificate_bundle(der) {
            Ok(certificates) => Ok(certificates.into_iter().map(<[u8]>::to_vec).collect()),
            Err(SignedError::Malformed(Reason::NoCertificates)) => Ok(vec![]),
            Err(_) => Err(FileProblem::Unknown),
        },
        _ => Ok(vec![der.to_vec()]),
    }
}
