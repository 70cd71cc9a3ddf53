// Emit
