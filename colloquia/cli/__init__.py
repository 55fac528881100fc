"""The command line: it reads arguments, asks ``lab``, and prints."""
