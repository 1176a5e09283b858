//! `stoa check`: recounts every counter and looks whether the store is whole.
