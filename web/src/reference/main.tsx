document.title = "API reference";
