//! What may be put into a message: user text, numbers, names with a gender, and text that is already ours.

use std::borrow::Cow;

/// One argument of a message, as it stands when the message is printed.
#[derive(Clone, Debug, PartialEq)]
pub enum A<'a> {
    /// Text somebody wrote. Printed between U+2068 and U+2069, so that its direction cannot disturb the sentence.
    Text(Cow<'a, str>),
    /// Text that is part of the interface (another message, a date). Printed as it is.
    Plain(Cow<'a, str>),
    /// A whole number. Printed with the digits and separators of the language; `PLURAL` uses its value.
    Number(i64),
    /// Somebody's name and how to speak of them. Printed isolated; `GENDER` uses the second part.
    Person(Cow<'a, str>, Gender),
}

/// How a member wishes to be spoken of; `GENDER` has the forms male, female, other in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gender {
    /// The first form.
    Male,
    /// The second form.
    Female,
    /// The third form; the first where a message has no third (as in MediaWiki).
    #[default]
    Unknown,
}

/// Text of the interface as an argument: it is not isolated.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a>(pub &'a str);

/// A member as an argument: name and gender, for messages with `{{GENDER:$1|…}}`.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a>(pub &'a str, pub Gender);

/// Everything that can be an argument of a message.
pub trait Arg {
    /// The argument in the form messages are printed from.
    fn piece(&self) -> A<'_>;
}

impl<T: Arg + ?Sized> Arg for &T {
    fn piece(&self) -> A<'_> {
        (**self).piece()
    }
}

impl Arg for str {
    fn piece(&self) -> A<'_> {
        A::Text(Cow::Borrowed(self))
    }
}

impl Arg for String {
    fn piece(&self) -> A<'_> {
        A::Text(Cow::Borrowed(self))
    }
}

impl Arg for Cow<'_, str> {
    fn piece(&self) -> A<'_> {
        A::Text(Cow::Borrowed(self))
    }
}

impl Arg for Plain<'_> {
    fn piece(&self) -> A<'_> {
        A::Plain(Cow::Borrowed(self.0))
    }
}

impl Arg for Person<'_> {
    fn piece(&self) -> A<'_> {
        A::Person(Cow::Borrowed(self.0), self.1)
    }
}

/// Only the gender, for messages that use an argument in `{{GENDER:$n|…}}` alone.
impl Arg for Gender {
    fn piece(&self) -> A<'_> {
        A::Person(Cow::Borrowed(""), *self)
    }
}

impl Arg for A<'_> {
    fn piece(&self) -> A<'_> {
        self.clone()
    }
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl Arg for $kind {
            fn piece(&self) -> A<'_> {
                A::Number((*self).into())
            }
        }
    )*};
}
numbers!(i8, i16, i32, i64, u8, u16, u32);

/// Numbers beyond the range of `i64` are printed as its largest.
impl Arg for usize {
    fn piece(&self) -> A<'_> {
        A::Number(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

/// Numbers beyond the range of `i64` are printed as its largest.
impl Arg for u64 {
    fn piece(&self) -> A<'_> {
        A::Number(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}
