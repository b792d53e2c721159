@rem The scripts of package.json start with `exec`, so that a signal to npm reaches them and not the shell between.
@rem The shell of Windows does not know the word; it finds this file.
@%*
