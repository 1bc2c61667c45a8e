/* What a page can do without: a table to the clipboard, values read off a figure. */
(function () {
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a.csv");
    if (!link || !navigator.clipboard) { return; }
    event.preventDefault();
    fetch(link.href).then(function (sent) { return sent.ok ? sent.text() : Promise.reject(); })
      .then(function (text) { return navigator.clipboard.writeText(text); })
      .then(function () { link.textContent = "Copied"; }, function () { location.href = link.href; });
  });
})();
