// Tests of Differentiate
