"""The program `rollup-fake`. Nothing here is imported by a pytest run."""
