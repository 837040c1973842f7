package dev.millrace.cli.command;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;

/**
 * Hears of SIGINT (Ctrl-C), SIGTERM and SIGHUP (the terminal was closed) in place of the JVM, which would end the process. A signal that the
 * process was started to ignore, as by nohup, stays ignored. Java has no public way to do this; the class that
 * all JDKs have for it is called by reflection, because the compiler warns of it whatever one does.
 */
final class Signals {
    private static final List<String> STOPPING = List.of("INT", "TERM", "HUP");

    private Signals() {}

    /** From now on calls the handler, in a thread of its own, each time that one of these signals arrives. */
    static void onStop(Runnable handler) {
        STOPPING.forEach(name -> handle(name, handler));
    }

    private static void handle(String name, Runnable handler) {
        try {
            var signalClass = Class.forName("sun.misc.Signal");
            var handlerClass = Class.forName("sun.misc.SignalHandler");
            InvocationHandler calls = (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                    handler.run();
                    return null;
                }
                return method.invoke(handler, arguments);
            };
            var proxy = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handlerClass}, calls);
            var signal = signalClass.getConstructor(String.class).newInstance(name);
            signalClass.getMethod("handle", signalClass, handlerClass).invoke(null, signal, proxy);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("cannot handle SIG" + name, e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM cannot handle SIG" + name, e);
        }
    }
}
