//! What can go wrong: what the person sees, and what the operator sees.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

pub type Result<T = Response> = std::result::Result<T, Error>;

/// Why a request was not done.
#[derive(Debug)]
pub enum Error {
    /// Also "exists, but not for you".
    NotFound,
    /// Logging in first may help; the page asks for it and comes back.
    LogIn,
    Refused(Refusal),
    /// A unique name or address is already there; features turn it into a word of their own.
    Taken(anyhow::Error),
    /// The engine asks to run the transaction again; never leaves the store.
    Again(anyhow::Error),
    /// Logged once, where the page is made; the page shows only the request's number.
    Fault(anyhow::Error),
}

/// A refusal with a reason that a person can read: its message is `refused-` and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The form's token is missing, foreign or too old.
    BadToken,
    /// Sent from another site's page.
    ForeignOrigin,
    /// A field that this form does not have.
    UnknownField(String),
    TooLarge,
    /// The body is not a form.
    NotAForm,
    MethodNotAllowed,
    PageNumber,
    TopicClosed,
    TopicArchived,
    /// The category lets one read but not write.
    NotHere,
    NotYours,
    HasReplies,
    Silenced {
        until: i64,
    },
    Suspended {
        until: i64,
    },
    TooFast {
        seconds: u64,
    },
    TooManyTries {
        seconds: u64,
    },
    LinkUsed,
    AlreadySetUp,
    DiskFull,
    Busy,
    NotAnImage,
    /// A picture of a kind that is not read here.
    PictureKind,
    TooManyPixels,
    /// The form came without its file.
    NoFile,
    FileTooLarge {
        most: i64,
    },
    FileKind {
        kinds: String,
    },
    UploadsToday {
        most: i64,
        bytes: i64,
    },
    TooManyOfThem,
    PollEnded,
    PollChoices {
        least: i64,
        most: i64,
    },
    /// Answers that somebody may have voted for.
    PollFixed,
    Gone,
}

impl Refusal {
    /// The message's key, after `refused-`.
    pub fn key(&self) -> &'static str {
        use Refusal::*;
        match self {
            BadToken => "bad-token",
            ForeignOrigin => "foreign-origin",
            UnknownField(_) => "unknown-field",
            TooLarge => "too-large",
            NotAForm => "not-a-form",
            MethodNotAllowed => "method",
            PageNumber => "page-number",
            TopicClosed => "topic-closed",
            TopicArchived => "topic-archived",
            NotHere => "not-here",
            NotYours => "not-yours",
            HasReplies => "has-replies",
            Silenced { .. } => "silenced",
            Suspended { .. } => "suspended",
            TooFast { .. } => "too-fast",
            TooManyTries { .. } => "too-many-tries",
            LinkUsed => "link-used",
            AlreadySetUp => "already-set-up",
            DiskFull => "disk-full",
            Busy => "busy",
            NotAnImage => "not-an-image",
            PictureKind => "picture-kind",
            TooManyPixels => "too-many-pixels",
            NoFile => "no-file",
            FileTooLarge { .. } => "file-too-large",
            FileKind { .. } => "file-kind",
            UploadsToday { .. } => "uploads-today",
            TooManyOfThem => "too-many",
            PollEnded => "poll-ended",
            PollChoices { .. } => "poll-choices",
            PollFixed => "poll-fixed",
            Gone => "gone",
        }
    }

    /// Every key, so that a test can ask each language for its words.
    pub const KEYS: &[&str] = &[
        "bad-token",
        "foreign-origin",
        "unknown-field",
        "too-large",
        "not-a-form",
        "method",
        "page-number",
        "topic-closed",
        "topic-archived",
        "not-here",
        "not-yours",
        "has-replies",
        "silenced",
        "suspended",
        "too-fast",
        "too-many-tries",
        "link-used",
        "already-set-up",
        "disk-full",
        "busy",
        "not-an-image",
        "picture-kind",
        "too-many-pixels",
        "no-file",
        "file-too-large",
        "file-kind",
        "uploads-today",
        "too-many",
        "poll-ended",
        "poll-choices",
        "poll-fixed",
        "gone",
    ];

    pub fn status(&self) -> StatusCode {
        use Refusal::*;
        match self {
            UnknownField(_) | NotAForm => StatusCode::BAD_REQUEST,
            TooLarge | FileTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            PageNumber => StatusCode::NOT_FOUND,
            TooFast { .. } | TooManyTries { .. } | UploadsToday { .. } => StatusCode::TOO_MANY_REQUESTS,
            LinkUsed | Gone => StatusCode::GONE,
            AlreadySetUp => StatusCode::CONFLICT,
            DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            Busy => StatusCode::SERVICE_UNAVAILABLE,
            NotAnImage
            | PictureKind
            | TooManyPixels
            | NoFile
            | FileKind { .. }
            | TooManyOfThem
            | PollChoices { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::FORBIDDEN,
        }
    }

    /// Seconds after which trying again makes sense.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Refusal::TooFast { seconds } | Refusal::TooManyTries { seconds } => Some(*seconds),
            Refusal::DiskFull | Refusal::Busy => Some(60),
            _ => None,
        }
    }
}

impl Error {
    pub fn status(&self) -> StatusCode {
        match self {
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::LogIn => StatusCode::UNAUTHORIZED,
            Error::Refused(why) => why.status(),
            Error::Taken(_) | Error::Again(_) | Error::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// For the command line, where every error is told in full.
    pub fn into_anyhow(self) -> anyhow::Error {
        match self {
            Error::Fault(e) | Error::Taken(e) | Error::Again(e) => e,
            Error::NotFound => anyhow::anyhow!("not found"),
            Error::LogIn => anyhow::anyhow!("not logged in"),
            Error::Refused(Refusal::DiskFull) => anyhow::anyhow!("the disk is full; nothing of this step was kept"),
            Error::Refused(why) => anyhow::anyhow!("refused: {}", why.key()),
        }
    }
}

impl From<anyhow::Error> for Error {
    fn from(e: anyhow::Error) -> Self {
        Error::Fault(e)
    }
}

impl From<std::io::Error> for Error {
    fn from(e: std::io::Error) -> Self {
        match e.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Error::Refused(Refusal::DiskFull),
            _ => Error::Fault(e.into()),
        }
    }
}

impl From<askama::Error> for Error {
    fn from(e: askama::Error) -> Self {
        Error::Fault(e.into())
    }
}

impl From<Refusal> for Error {
    fn from(why: Refusal) -> Self {
        Error::Refused(why)
    }
}

/// An error on its way to the gate, which knows the reader's language and makes the page.
#[derive(Clone)]
pub struct Carried(pub std::sync::Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Carried(std::sync::Arc::new(self)));
        response
    }
}

/// What is wrong with the fields of a form, by field name, as message keys with their arguments.
#[derive(Clone, Debug, Default)]
pub struct FieldErrors(Vec<(&'static str, String)>);

impl FieldErrors {
    /// Adds a problem, already in the reader's language.
    pub fn add(&mut self, field: &'static str, message: String) {
        self.0.push((field, message));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problem of one field, for the words beside it.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, text)| text.as_str())
    }

    /// All of them, for the summary at the top of the form.
    pub fn all(&self) -> &[(&'static str, String)] {
        &self.0
    }
}
