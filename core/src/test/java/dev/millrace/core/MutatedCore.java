package dev.millrace.core;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The core with a fault in it and the simulation that runs on it, beside the core of the other tests: this loader defines both packages' classes
 * anew, those that were compiled with the fault from memory, the rest from the class path.
 */
final class MutatedCore extends ClassLoader {
    private static final String PACKAGE = "dev.millrace.core.";

    private final Map<String, ByteArrayOutputStream> mutated = new HashMap<>();

    private MutatedCore() {
        super(MutatedCore.class.getClassLoader());
    }

    /** A core without any fault. */
    static SeedRun unharmed() {
        return new MutatedCore().seedRun();
    }

    static SeedRun with(Mutant mutant) throws IOException {
        MutatedCore core = new MutatedCore();
        core.compile(mutant);
        return core.seedRun();
    }

    private SeedRun seedRun() {
        return ServiceLoader.load(SeedRun.class, this).findFirst().orElseThrow();
    }

    private void compile(Mutant mutant) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter errors = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            errors,
                            new ToMemory(files),
                            null,
                            List.of("-proc:none", "-nowarn", "-g", "-classpath", System.getProperty("java.class.path")),
                            null,
                            List.of(new Source(mutant)))
                    .call();
            if (!compiled) {
                throw new IllegalArgumentException(mutant + " does not compile: " + errors);
            }
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(PACKAGE) || name.equals(SeedRun.class.getName())) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded == null ? findClass(name) : loaded;
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] bytes = mutated.containsKey(name) ? mutated.get(name).toByteArray() : onClassPath(name);
        return defineClass(name, bytes, 0, bytes.length);
    }

    private byte[] onClassPath(String name) throws ClassNotFoundException {
        try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(Mutant mutant) throws IOException {
            super(URI.create("memory:///" + mutant.type() + ".java"), Kind.SOURCE);
            text = mutant.source();
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    /** Keeps what is compiled in memory. */
    private final class ToMemory extends ForwardingJavaFileManager<JavaFileManager> {
        ToMemory(JavaFileManager files) {
            super(files);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("memory:///" + name + ".class"), kind) {
                @Override
                public OutputStream openOutputStream() {
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    mutated.put(name, out);
                    return out;
                }
            };
        }
    }
}
