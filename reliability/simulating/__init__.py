"""A whole run in one process on a virtual clock: a seeded service, a disk in memory, and an oracle of its own."""
