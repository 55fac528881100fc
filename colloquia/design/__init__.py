"""The study: what varies, who sits where, which conversations follow, what they will cost; pure and seeded."""
