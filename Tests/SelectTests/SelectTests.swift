// Tests of Select
