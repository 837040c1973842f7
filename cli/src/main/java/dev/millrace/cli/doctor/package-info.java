/**
 * What {@code millrace doctor} looks at. {@link dev.millrace.cli.doctor.Examination} asks the brokers and writes nothing; what it found is
 * {@link dev.millrace.cli.doctor.Facts}; each class called a check is a pure function from some of these facts to {@link
 * dev.millrace.cli.doctor.Finding}s, and {@link dev.millrace.cli.doctor.Diagnosis} is the list of all of them. Begin there.
 */
@NullMarked
package dev.millrace.cli.doctor;

import org.jspecify.annotations.NullMarked;
