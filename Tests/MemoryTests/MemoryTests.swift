// Tests of Memory
