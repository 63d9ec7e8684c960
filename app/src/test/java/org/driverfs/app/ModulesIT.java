package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Modules on the real mount of a real daemon, as a shell sees them.
@Timeout(300)
@SuppressWarnings("NullAway.Init") // set by JUnit
class ModulesIT {
  @TempDir private Path directory;

  /// A jar of the module `meter`: a bus with a device of its own, and a driver for it and, by
  /// `driver_override`, for network interfaces; or, if it is the next version, only that driver.
  private Path meter(String version, String registers) throws IOException {
    String source =
        """
        package meter;
        import java.util.List;
        import org.driverfs.model.*;
        import org.driverfs.model.spi.*;
        public class Meter implements DriverModule {
          public void init(ModuleContext context) {
            %s
          }
          private static Driver driver(Bus bus, ModuleContext context) {
            return Driver.builder("meter", bus, (device, binding) -> {}).owner(context.module())
                .ids("meter")
                .deviceAttributes(AttributeSet.of(List.of(
                    Attribute.<Device>readOnly("reading", device -> "%s"))))
                .build();
          }
        }
        """
            .formatted(registers, version);
    String manifest = "name = \"meter\"\nversion = \"" + version + "\"\n";
    return SampleModule.pack(directory.resolve(version), "Meter", manifest, source);
  }

  private static final String OWN_BUS =
      """
      Bus bus = new Bus("meters", Bus.OF_TYPE, AttributeSet.none(), context.module());
      context.register(bus);
      var type = new DeviceType("meter", AttributeSet.none()).owner(context.module());
      context.register(Device.builder("meter0").bus(bus).type(type).build());
      context.register(driver(bus, context));
      """;

  private static final String NETWORK =
      """
      context.register(driver(context.findBus("net").orElseThrow(), context));
      """;

  @Test
  void walkThrough_insmodToReceipt_isAsTheDocsSay() throws Exception {
    String jar = meter("1.0", OWN_BUS).toString();
    try (var machine = new Machine(false)) {
      machine.verb("insmod", jar);
      machine.verb("settle");
      assertThat(machine.run("cat root/meter0/reading")).isEqualTo("1.0\n= 0\n");
      assertThat(machine.verb("lsmod")).matches("meter +1\\.0 +live +0 +-\n");
      Process holder = machine.start("exec sleep 1000 < root/meter0/reading");
      Process reader =
          machine.start(
              "exec 7< root/meter0/reading; read -r first <&7; echo $first; read -r _; cat <&7");
      try (BufferedReader read = reader.inputReader()) {
        assertThat(read.readLine()).isEqualTo("1.0");
        assertThat(machine.complaint("rmmod", "meter"))
            .contains("in use: ", "open file root/meter0/reading, pid " + holder.pid() + " (sleep)")
            .contains("EBUSY");
        assertThat(machine.run("cat module/meter/initstate module/meter/refcnt"))
            .isEqualTo("live\n2\n= 0\n");
        assertThat(machine.complaint("rmmod", "--wait=100ms", "meter"))
            .contains("can be used again");
        assertThat(machine.verb("rmmod", "--revoke", "meter"))
            .contains("way: revoke", "driver meter", "bus meters", "left behind: nothing")
            .contains("class loader: collected after");
        reader.outputWriter().append('\n').flush();
        assertThat(read.readLine()).contains("No such device");
        assertThat(machine.run("ls root/meter0")).contains("No such file");
        assertThat(machine.run("cat module/meter/initstate; head -n 1 module/.receipts/last"))
            .isEqualTo("unloaded\nreceipt 1: module meter 1.0, generation 1\n= 0\n");
        machine.verb("insmod", jar);
        machine.verb("settle");
        assertThat(machine.run("cat root/meter0/reading module/meter/generation"))
            .isEqualTo("1.0\n2\n= 0\n");
      } finally {
        holder.destroyForcibly().waitFor();
        reader.destroyForcibly().waitFor();
      }
      assertThat(machine.verb("rmmod", "--json", "meter")).contains("\"collected\":\"yes\"");
      machine.assertAtRest();
    }
  }

  @Test
  void upgrade_ofADriverForAKernelDevice_filesStayOpenAndTheOldClassesGo() throws Exception {
    String old = meter("1.0", NETWORK).toString();
    String next = meter("2.0", NETWORK).toString();
    try (var machine = new Machine(true)) {
      machine.verb("insmod", old);
      machine.run(
          "echo meter > class/net/lo/driver_override; echo lo > bus/net/drivers/netif/unbind;"
              + " echo lo > bus/net/drivers_probe");
      assertThat(machine.run("cat class/net/lo/reading")).isEqualTo("1.0\n= 0\n");
      Process holder = machine.start("exec sleep 1000 < class/net/lo/reading");
      try {
        assertThat(machine.verb("upgrade", next))
            .contains("way: upgrade", "left behind: nothing", "class loader: collected after");
        assertThat(machine.run("cat class/net/lo/reading module/meter/version"))
            .isEqualTo("2.0\n2.0\n= 0\n");
        assertThat(machine.run("ls bus/net/drivers module")).contains("meter\n");
        assertThat(machine.complaint("rmmod", "meter"))
            .contains("reading, pid " + holder.pid() + " (sleep)");
      } finally {
        holder.destroyForcibly().waitFor();
      }
      assertThat(machine.verb("rmmod", "meter")).contains("class loader: collected after");
    }
  }
}
