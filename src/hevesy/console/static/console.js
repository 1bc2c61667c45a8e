/* What a page can do without. */
(function () {
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a.csv");
    if (!link || !navigator.clipboard) { return; }
    event.preventDefault();
    fetch(link.href).then(function (sent) { return sent.ok ? sent.text() : Promise.reject(); })
      .then(function (text) { return navigator.clipboard.writeText(text); })
      .then(function () { link.textContent = "Copied"; }, function () { location.href = link.href; });
  });
  document.addEventListener("input", function (event) {
    var work = event.target.closest && event.target.closest(".inputs") && event.target.closest(".work");
    if (work) { work.classList.add("changed"); }
  });
  document.addEventListener("htmx:after:swap", function () {
    document.querySelectorAll(".inputs details:not([open])").forEach(function (folded) {
      if (folded.querySelector("[aria-invalid], .wrong")) { folded.open = true; }
    });
  });
})();
