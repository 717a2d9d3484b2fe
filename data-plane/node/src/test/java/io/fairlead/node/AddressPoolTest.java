package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.Cidr;
import org.junit.jupiter.api.Test;

class AddressPoolTest {
    @Test
    void goesRoundBeforeItReuses() {
        AddressPool pool = new AddressPool(Cidr.parse("10.244.1.0/29"));
        assertThat(pool.gateway()).isEqualTo(Cidr.literal("10.244.1.1"));
        assertThat(pool.take()).isEqualTo(Cidr.literal("10.244.1.2"));
        pool.give(Cidr.literal("10.244.1.2"));
        assertThat(pool.take()).isEqualTo(Cidr.literal("10.244.1.3"));
        pool.keep(Cidr.literal("10.244.1.5"));
        assertThat(pool.take()).isEqualTo(Cidr.literal("10.244.1.6"));
        assertThat(pool.take()).isEqualTo(Cidr.literal("10.244.1.2"));
        assertThat(pool.take()).isEqualTo(Cidr.literal("10.244.1.4"));
        assertThatThrownBy(pool::take)
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("all pod addresses of 10.244.1.0/29 are used");
    }
}
