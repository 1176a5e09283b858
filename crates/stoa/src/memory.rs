//! Memory that a large piece of work took and that is not needed afterwards goes back to the machine.

/// Puts away what can be read again, and gives free memory back. To be called when there is time.
pub fn give_back() {
    stoa_markup::rest();
    // SAFETY: it only returns free pages of the allocator, and may be called at any time by any thread.
    unsafe { libmimalloc_sys::mi_collect(true) };
}
