# An unmodified Debian, for clients: its libc asks nscd.
true
