// Tests of IR
