"""What bin/run, bin/test, bin/check and bin/manage share: standard library only, since nothing is installed yet."""
