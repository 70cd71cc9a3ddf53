// Tests of Schedule
