#include <fmt/format.h>
#include <linux/magic.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <tuple>
#include <utility>

#include "ctl/doctor/checks.h"

namespace payhook::test {

namespace {

std::string text_of(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& each : findings) {
    BOOST_TEST((each.level == Finding::Level::OK) == each.remedy.empty());
    text += (text.empty() ? "" : "; ") + std::string(name_of(each.level)) + " " + each.what;
  }
  return text;
}

std::string text_of(const Finding& finding) { return text_of(std::vector{finding}); }

/// As `nginx -T` writes it, with a site in a file of its own.
std::string dump(const std::string& site, const std::string& around = "") {
  return fmt::format(
      "# configuration file /etc/nginx/nginx.conf:\n"
      "events {{ worker_connections 768; }}\n"
      "http {{\n"
      "    {} log_format x '$remote_addr {{ }} ; # \"$request\"'; # a comment; with }}\n"
      "    include /etc/nginx/conf.d/*.conf;\n"
      "    include sites-enabled/*;\n"
      "}}\n\n"
      "# configuration file /etc/nginx/conf.d/upstream.conf:\n"
      "upstream payhook {{ server unix:/run/payhook/fcgi.sock; keepalive 4; }}\n\n"
      "# configuration file /etc/nginx/sites-enabled/payhook:\n{}\n",
      around, site);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(doctor_checks)

BOOST_AUTO_TEST_CASE(nginx_s_limits_are_compared_with_ours) {
  const Config config;  // the default source, of 64 KiB
  const std::tuple<std::string, std::string, std::string> table[] = {
      {"", "", "WARNING nginx hands nothing to /run/payhook/fcgi.sock"},
      {"server { location / { fastcgi_pass other; } }", "",
       "WARNING nginx hands nothing to /run/payhook/fcgi.sock"},
      {"server { client_max_body_size 64k; client_body_buffer_size 72k;\n"
       "location / { fastcgi_pass payhook; } }",
       "", "OK nginx lets through what the settings allow"},
      {"server { client_body_buffer_size 72k; location / { fastcgi_pass "
       "unix:/run/payhook/fcgi.sock; } }",
       "", "OK nginx lets through what the settings allow"},
      // By inheritance, whatever the order.
      {"server { location / { fastcgi_pass payhook; } client_body_buffer_size 1m; "
       "client_max_body_size 8k; }",
       "client_max_body_size 1m;",
       "PROBLEM nginx takes 8.0 KiB at location /, and the settings allow 64 KiB: what is between "
       "them is answered 413"},
      {"server { location / { fastcgi_pass payhook; } }",
       "client_max_body_size 8k; client_body_buffer_size 64k;",
       "PROBLEM nginx takes 8.0 KiB at location /, and the settings allow 64 KiB: what is between "
       "them is answered 413"},
      {"server { client_max_body_size 0; client_body_buffer_size 64k; location / { fastcgi_pass "
       "payhook; } }",
       "", "OK nginx lets through what the settings allow"},
      {"server { location / { fastcgi_pass payhook; } }", "",
       "WARNING nginx writes what is larger than 16 KiB to a file first, at location /"},
      {"server { location / { client_body_buffer_size 64k; fastcgi_read_timeout 2s; "
       "fastcgi_pass payhook; } }",
       "",
       "WARNING nginx waits 2000 ms for an answer at location /, and the responder may need 4 s to "
       "say that it cannot store"},
      // What is not for webhooks does not count, nor what is for sources that are not there.
      {"server { client_body_buffer_size 64k;\n"
       "location / { client_max_body_size 1; fastcgi_pass payhook; }\n"
       "location = /v1/webhooks/transactions { fastcgi_pass payhook; }\n"
       "location ~ \"^/v1/webhooks/[a-z0-9-]{1,64}$\" {\n"
       "  if ($request_uri !~ \"^/v1/webhooks/[a-z0-9-]+(\\?|$)\") { rewrite ^ /x last; }\n"
       "  client_max_body_size 1; fastcgi_pass payhook; } }",
       "", "OK nginx lets through what the settings allow"},
  };
  for (const auto& [site, around, expected] : table) {
    BOOST_TEST_CONTEXT(site) {
      BOOST_TEST(text_of(doctor::check_nginx_settings(dump(site, around), config)) == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(whatever_nginx_writes_is_read_to_its_end) {
  const Config config;
  for (const std::string text :
       {"", "# configuration file", "# configuration file x:\n{{{{{", "# configuration file x:\n}",
        "# configuration file x:\ninclude x;", "# configuration file x:\na \"b", "\\"}) {
    BOOST_TEST(text_of(doctor::check_nginx_settings(text, config)) ==
               "WARNING nginx hands nothing to /run/payhook/fcgi.sock");
  }
}

BOOST_AUTO_TEST_CASE(units_are_as_systemctl_says) {
  const auto unit = [](const std::string& id, const std::string& active,
                       const std::string& file = "enabled", const std::string& load = "loaded") {
    return fmt::format("Result=exit-code\nId={}\nLoadState={}\nActiveState={}\nUnitFileState={}\n",
                       id, load, active, file);
  };
  const std::pair<std::string, std::string> table[] = {
      {unit("payhookd.service", "active") + "\n" + unit("payhook-fcgi.socket", "active"),
       "OK payhookd.service is active; OK payhook-fcgi.socket is active"},
      {unit("payhookd.service", "inactive"), "PROBLEM payhookd.service does not run"},
      {unit("payhookd.service", "failed"), "PROBLEM payhookd.service has failed: exit-code"},
      {unit("payhookd.service", "active", "disabled"),
       "WARNING payhookd.service runs, and will not after a reboot"},
      {unit("payhook-fcgi.service", "inactive", "disabled"), "OK payhook-fcgi.service is inactive"},
      {unit("payhookd.service", "inactive", "", "not-found"),
       "WARNING systemd knows no payhookd.service"},
      {"", ""},
  };
  for (const auto& [shown, expected] : table) {
    BOOST_TEST(text_of(doctor::findings_on_units(shown)) == expected);
  }
}

BOOST_AUTO_TEST_CASE(a_disk_is_local_writable_and_has_room) {
  constexpr std::int64_t k_gib = std::int64_t{1} << 30;
  const std::pair<doctor::Disk, std::string> table[] = {
      {{EXT4_SUPER_MAGIC, false, 5 * k_gib}, "OK /x is local, and has 5.0 GiB left"},
      {{NFS_SUPER_MAGIC, false, 5 * k_gib},
       "PROBLEM /x is on a network file system (NFS): locks and syncs are not to be relied on "
       "there"},
      {{TMPFS_MAGIC, false, 5 * k_gib}, "WARNING /x is in memory: a reboot loses all of it"},
      {{EXT4_SUPER_MAGIC, true, k_gib / 2},
       "PROBLEM /x can only be read; WARNING /x has 512 MiB left"},
      {{EXT4_SUPER_MAGIC, false, 4096}, "PROBLEM /x has 4.0 KiB left"},
  };
  for (const auto& [disk, expected] : table) {
    BOOST_TEST(text_of(doctor::findings_on(disk, "/x")) == expected);
  }
}

BOOST_AUTO_TEST_CASE(a_clock_is_not_before_the_newest_transaction) {
  const Timestamp now = parse_timestamp("2026-11-27T12:00:00.000Z");
  const std::pair<std::optional<Timestamp>, std::string> table[] = {
      {std::nullopt, "OK no transaction is from the future"},
      {now + std::chrono::seconds{59}, "OK no transaction is from the future"},
      {now + std::chrono::hours{3},
       "PROBLEM the newest transaction came at 2026-11-27T15:00:00Z, which will be in 3 h: the "
       "clock was set back, or had been wrong"},
  };
  for (const auto& [newest, expected] : table) {
    BOOST_TEST(text_of(doctor::check_clock_against(newest, now)) == expected);
  }
}

BOOST_AUTO_TEST_CASE(what_is_secret_is_not_for_everybody) {
  const std::tuple<mode_t, bool, std::string> table[] = {
      {0600, true, ""},
      {0640, true, ""},
      {0644, false, ""},
      {0644, true, "WARNING everybody may read /f, which has payments in it"},
      {0666, true, "PROBLEM everybody may write /f"},
      {0602, false, "PROBLEM everybody may write /f"},
  };
  for (const auto& [mode, is_secret, expected] : table) {
    const auto doubt = doctor::doubt_about_mode("/f", mode, is_secret);
    BOOST_TEST((doubt ? text_of(*doubt) : "") == expected);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
