package io.fairlead.linux;

/// A register of the BPF machine. A call of the kernel takes its arguments in R1 to R5, answers in R0 and spoils R1 to R5; R6 to R9 stay;
/// a program begins with its context in R1 and ends with its answer in R0.
public enum BpfRegister {
    R0,
    R1,
    R2,
    R3,
    R4,
    R5,
    R6,
    R7,
    R8,
    R9,
    /// Where the program's 512 bytes of memory end; cannot be written.
    FRAME
}
