/** Where the log goes: nowhere, unless a command or the person who typed it says so. */
@NullMarked
package dev.millrace.cli.logging;

import org.jspecify.annotations.NullMarked;
