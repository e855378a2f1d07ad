// The suite's first file replaces this one.
