/// Controllers: functions from a snapshot and a key to writes, run by one small loop.
@NullMarked
package io.fairlead.controllers;

import org.jspecify.annotations.NullMarked;
