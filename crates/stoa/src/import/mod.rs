//! Import: other systems come in, with their ids and addresses kept.
