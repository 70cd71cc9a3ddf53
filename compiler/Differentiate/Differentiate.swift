// Differentiate
