package io.fairlead.nftables;

class InMemoryKernelTest extends KernelContract {
    @Override
    Kernel open() {
        return new InMemoryKernel();
    }
}
