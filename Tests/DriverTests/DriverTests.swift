// Tests of Driver
