//! Mail: what waits in the outbox goes out, and is tried again.
